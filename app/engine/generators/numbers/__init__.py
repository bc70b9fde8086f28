"""Columns of numbers: distributions as tables of quantiles, declared moments, bounds."""
