"""What stands in the city: one file for each system, or a folder with one file for each family."""
