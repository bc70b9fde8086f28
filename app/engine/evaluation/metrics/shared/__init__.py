"""What several metrics share: the contract, and the ROC curve."""
