"""Deterministic simulation: the real engine, three replicas, one virtual clock, and everything that can go wrong."""
