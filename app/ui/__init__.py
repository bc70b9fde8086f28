"""The web pages: a client of the JSON API, nothing more."""
