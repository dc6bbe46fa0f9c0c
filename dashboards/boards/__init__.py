"""The boards themselves, one file or folder each."""
