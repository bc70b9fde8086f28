"""Learning several tables with the keys between them."""
