"""What a ledger can do, a family of methods in each module; `ledger.ledger.Ledger` has them all."""
