"""A definition's document read into models, every fault with its path and line."""
