"""Ledgers of today's file format, written anew with every event in its current schema version."""
