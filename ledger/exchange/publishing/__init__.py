"""Publishing the log to brokers and files, and reading it back from there."""
