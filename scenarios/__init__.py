"""What to run: scenario scripts and their loader."""
