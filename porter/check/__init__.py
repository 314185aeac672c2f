"""Fixtures: re-port each one, compare it with its golden, run both sides and compare what they print."""
