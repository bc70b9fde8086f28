"""Several tables that were learned together, with the keys between them."""
