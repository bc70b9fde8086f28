"""Reports of tables that were made: what was asked for beside what the files hold."""
