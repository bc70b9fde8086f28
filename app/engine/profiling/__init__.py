"""What the values of columns look like, by themselves and beside a target."""
