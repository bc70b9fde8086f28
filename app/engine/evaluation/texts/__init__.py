"""Free text judged by its words and characters."""
