"""The archive: the oldest events of a log, moved out of the live store into sealed files."""
