"""Files, module names, encodings and settings: what a run is given."""
