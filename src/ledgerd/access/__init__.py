"""Who asks, and later what they may do. Beside core, and of core it imports the model only."""
