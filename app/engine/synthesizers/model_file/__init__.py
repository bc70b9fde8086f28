"""Models as files: JSON, Arrow and plain arrays in a ZIP; nothing in it can be executed."""
