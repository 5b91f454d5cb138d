"""Amounts, dates and times of day, as banks write them."""
