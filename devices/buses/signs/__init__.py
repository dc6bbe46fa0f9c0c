"""Signs: what electronic stop signs predict from what the centre knows, and how good that was."""
