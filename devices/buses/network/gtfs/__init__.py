"""A network read from a GTFS feed."""
