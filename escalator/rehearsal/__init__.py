"""The rules in virtual time: what would happen, to whom, and when. No clock, no database, no provider: only `core`."""
