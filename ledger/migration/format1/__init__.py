"""File format 1, which ledger 0.1 wrote, as it was and always will be.

All that is needed to read it stands here and nowhere else: nothing in this package may follow what
the events, the tables or the hash chain of today become.
"""
