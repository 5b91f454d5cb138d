"""Bank statements: from a bank's CSV file to deposits and withdrawals.

A file goes through these modules in this order: `decoding` (bytes to text), `inference` (what the
`statement_format` leaves open), `table` (text to numbered rows), `entries` (rows to dated amounts),
`deduplication` (what makes an entry the same one next time), `importing` (entries to commands).
"""
