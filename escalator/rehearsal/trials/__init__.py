"""Tests of policies: a night is played, what came is compared with what was expected, what was walked is kept."""
