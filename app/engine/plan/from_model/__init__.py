"""Tables whose columns a model draws, beside which others are declared."""
