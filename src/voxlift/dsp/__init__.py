"""Signal processing that the product needs and no light library brings: numpy only."""
