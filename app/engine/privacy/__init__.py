"""Differential privacy: the account, the noise, and the one object through which rows are read."""
