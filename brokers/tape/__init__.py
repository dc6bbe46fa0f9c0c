"""The tape: the recorded event log of a run, written, read and replayed."""
