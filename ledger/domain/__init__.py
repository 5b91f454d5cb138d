"""The rules of money: pure, without I/O, clock, randomness or printing."""
