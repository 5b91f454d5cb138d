"""A ledger as a journal of double entries, for programs of plain-text accounting."""
