"""What synthetic rows are good for."""
