"""Verifying a ledger, diagnosing and repairing it, and backing it up."""
