"""The run, told: as text, as a diff, as JSON."""
