"""Synthesizers that learn from noisy marginals alone, with differential privacy."""
