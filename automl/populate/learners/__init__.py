"""Translators of scikit-learn's learners into algorithms of ours, one family a file."""
