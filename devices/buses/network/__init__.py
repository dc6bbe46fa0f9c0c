"""The network: stops, lines, patterns and trips of one day, from a GTFS feed or made for Shanghai."""
