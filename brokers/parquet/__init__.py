"""Parquet: whole parts, and the embedded store made of them."""
