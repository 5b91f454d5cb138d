"""Which rows of a statement are entries, and what they say."""
