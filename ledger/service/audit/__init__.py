"""Proof: walk everything a ledger holds, and name all that does not fit. A module a check."""
