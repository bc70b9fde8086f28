"""Fitted models: stored, named, with where they came from."""
