"""Generators of declared columns: planning one, and drawing its values block by block."""
