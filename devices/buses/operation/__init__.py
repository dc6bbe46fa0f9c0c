"""Operation: vehicles that run blocks, riders who wait and board, as SimPy processes."""
