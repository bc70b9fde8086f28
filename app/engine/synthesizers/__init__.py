"""What learns from a real table: settings, fitting, and models that only draw."""
