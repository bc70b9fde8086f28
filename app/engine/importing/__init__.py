"""What a person has already, read as the first draft of a definition."""
