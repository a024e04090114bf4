"""This alert at that time: what would happen, as a person reads it."""
