"""Jobs that draw rows from a stored model."""
