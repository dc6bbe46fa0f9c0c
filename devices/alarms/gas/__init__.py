"""Gas alarms (A3): leaks, concentration, valves, and sensors that wear out."""
