"""Ensembles: members chosen greedily from what a search has finished, and the model that they make."""
