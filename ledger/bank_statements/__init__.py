"""Bank statements: from a bank's CSV file to deposits and withdrawals.

A file goes through these modules in this order: `decoding` (bytes to text), `inference` (what the
`statement_format` leaves open), `table` (text to numbered rows), `left_out` (rows that are no
entries), `entries` (rows to dated amounts), `deduplication` (what makes an entry the same one next
time), `importing` (entries to commands). Rules come from a `rules_file`, and `earlier_rules` holds
those of another month against the file.
"""
