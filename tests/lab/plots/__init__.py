"""`voxlift lab plot`."""
