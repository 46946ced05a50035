"""Where the models are made: recipe -> data -> training -> evaluation -> export -> card. Needs `voxlift[lab]`."""
