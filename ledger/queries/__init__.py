"""Questions: balances, histories, statements and replays, now and at any moment of the past."""
