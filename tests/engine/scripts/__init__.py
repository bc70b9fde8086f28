"""Scripts: what they read, compute, and are kept from."""
