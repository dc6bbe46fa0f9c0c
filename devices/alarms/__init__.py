"""Smart-home alarms (A1-A5): what stands in homes, what it says, and how it is watched over."""
"""Smart-home alarms (A1-A5): homes with panels and detectors, the centre that answers them, and the help that comes."""
