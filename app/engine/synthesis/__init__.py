"""The synthesis definition: which parts of a source are learned, how, and how private."""
