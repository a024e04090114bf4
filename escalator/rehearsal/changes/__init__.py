"""What a change of the policies changes: ladders, shifts, the next pages of open incidents."""
