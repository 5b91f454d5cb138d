"""Bank statements: from a bank's CSV file to deposits and withdrawals.

A file goes through these modules in this order: `decoding` (bytes to text), `guessing` (what the
`rules` leave open), `rows` (text to numbered rows), `entries` (rows to dated amounts), `keys` (what
makes an entry the same one next time), `importing` (entries to commands, and carrying them out).
"""
