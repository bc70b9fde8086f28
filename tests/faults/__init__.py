"""A whole installation under faults: two runners, a server, PostgreSQL, S3 and webhooks."""
