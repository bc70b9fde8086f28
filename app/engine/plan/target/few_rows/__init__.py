"""What is done so that tables of few rows have what chance would lose."""
