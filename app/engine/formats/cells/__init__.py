"""What the text of a cell means, and how a value is written so that the same text comes back."""
