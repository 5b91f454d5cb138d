"""Looking for entries in all accounts."""
