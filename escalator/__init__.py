"""Escalator: from a Prometheus rule to a human who acknowledges."""

__version__ = "0.1.0"
