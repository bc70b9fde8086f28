"""Values of Faker: its providers traced to tables, or called."""
