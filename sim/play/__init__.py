"""From slices to sinks: pace, pump and the faults of the wire."""
