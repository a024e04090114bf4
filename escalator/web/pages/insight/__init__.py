"""Insight for people: charts with the tables they are drawn from, advice with the YAML to paste, exports."""
