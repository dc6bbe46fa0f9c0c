"""The kernel: time, randomness, kinds, batches, the engine, the pump, meters and the verdict."""
