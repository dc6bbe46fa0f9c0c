"""Signs: what electronic stop signs predict from the centre's knowledge, and how good that was."""
