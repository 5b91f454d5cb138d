"""Proof: verifying a ledger, diagnosing and repairing it, and copying it."""
