"""What is wrong with a ledger, in plain words, and the mending of what is made from its log."""
