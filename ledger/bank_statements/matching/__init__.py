"""What an entry of a statement is in the ledger already."""
