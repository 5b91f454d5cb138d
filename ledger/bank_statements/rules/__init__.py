"""The rules by which a bank's statements are read, and their file."""
