"""What was measured and what it is worth: meters, books, promises, verdicts."""
