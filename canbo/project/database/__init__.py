"""The database: where it comes from, how it is kept running, saved, brought back and carried to a new version."""
