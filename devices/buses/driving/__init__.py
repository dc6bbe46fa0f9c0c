"""How buses run: trips, vehicle blocks, riders, depots and running times."""
