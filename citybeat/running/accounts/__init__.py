"""What a run counts and measures, what of it belongs to which stage, and the closing of its books."""
