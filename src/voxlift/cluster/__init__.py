"""Work in many places: crews that do it, places where files lie, and what is written down so that nothing is lost."""
