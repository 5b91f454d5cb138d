"""Servers that tests start, each once for a run and only where a test asks for it."""
