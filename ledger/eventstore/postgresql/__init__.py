"""The store on a server: one schema of a PostgreSQL database."""
