"""What can be done with a ledger: one method a use case, over store, projections and domain."""
