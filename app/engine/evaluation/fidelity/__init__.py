"""How alike real and synthetic rows are."""
