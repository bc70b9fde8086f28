"""Jobs that judge a synthetic table by a real one."""
