"""What synthetic rows give away of the rows that were learned."""
