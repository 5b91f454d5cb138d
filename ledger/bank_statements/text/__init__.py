"""From the bytes of a statement to its rows."""
