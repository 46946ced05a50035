"""Studies that the mission asks for: what a choice of representation costs, measured before any net is trained."""
