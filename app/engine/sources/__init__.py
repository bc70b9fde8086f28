"""Real tables: opened with what was detected of them, and read batch by batch."""
