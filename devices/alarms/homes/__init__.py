"""What stands in homes: panels, detectors, hubs and what hangs on them, drawn for every home of a city."""
