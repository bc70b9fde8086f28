"""Commands over real tables that hold personal data."""
