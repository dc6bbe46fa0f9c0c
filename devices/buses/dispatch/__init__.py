"""Dispatch: what the centre knows, and what its dispatchers do about gaps and bunches."""
