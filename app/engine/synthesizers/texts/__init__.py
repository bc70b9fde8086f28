"""Columns of free text: word n-grams that enough individuals share, given the rest of the row."""
