"""Supervision (A5): heartbeats of every device, what befalls their paths and power, and what the receiver makes of it."""
