"""A definition as SQL: the tables that its rows go into, and a script that loads them."""
