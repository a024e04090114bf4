"""Silences and maintenance for people: what is muted, until when, and what a new silence would hide."""
