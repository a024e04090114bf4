"""Incidents for people: the list of what is open, and the page of one."""
