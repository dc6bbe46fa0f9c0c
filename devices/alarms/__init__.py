"""Smart-home alarms (A1-A5): what stands in homes, what it says, and how it is watched over."""
