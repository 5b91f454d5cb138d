"""What a transfer costs on a PostgreSQL server, beside others that keep events there."""
