"""Bank statements: from a bank's file to deposits and withdrawals.

`reading` makes statements of a file: a table goes through `text` (bytes to rows), `columns` (which
column is what, by `words` and by what `cells` hold) and `rows` (which of them are entries), as the
`rules` say or as `inference` completes them; other files go through `formats`. `planning` compares
the entries with the ledger (`matching`) and makes commands of them, `importing` carries these out,
and `importer` does all of it for a `Ledger`.
"""
