"""What really happened, through another policy, and what it adds up to."""
