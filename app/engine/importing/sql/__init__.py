"""SQL that makes tables, read as a definition: in the spellings of several databases at once."""
