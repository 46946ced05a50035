"""What can be done with a corpus before anything learns from it: describe it, verify it, cut it, listen to it."""
