"""Smart-home alarms (A1-A5): what stands in homes, how it is watched over, and the centre that answers."""
