"""What banks call things, in the languages that are read."""
