"""What other programs say of journals that were exported to them."""
