"""Whole logs on their way between ledgers and files."""
