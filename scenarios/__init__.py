"""What to run: scenario scripts, load profiles and their loader."""
