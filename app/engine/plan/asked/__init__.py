"""What is asked of learned rows: conditions, shares, cells that are given."""
