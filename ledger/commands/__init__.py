"""Commands: what they are, how one is carried out, and how a file of them is."""
