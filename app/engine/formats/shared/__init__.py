"""What several formats share: the contract, cells as text, sheets, streams."""
