"""Filling the knowledge base from OpenML: published runs become configurations and losses of ours."""
