"""Who makes a call, and later what a caller may do. It stands beside core and imports only the model of core."""
