"""Batches: many commands from a file, the same ones that a person would type."""
