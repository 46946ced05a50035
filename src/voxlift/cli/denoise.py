"""`voxlift denoise`."""
def denoise() -> None:
    """Lift speech out of noise."""
