"""What two states of the books say, and what explains the difference."""
