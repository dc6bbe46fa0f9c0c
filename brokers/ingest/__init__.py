"""Ingest: from the broker into a store, with spool, dead letters and status."""
