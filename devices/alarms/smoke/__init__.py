"""Smoke alarms (A2): detectors, what they smell of cooking, and fires that grow until somebody comes."""
