"""The machine: SimPy slice by slice, and the closing of a slice into columns."""
