"""Which column of a statement is what, and which way its money goes."""
