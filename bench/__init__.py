"""What ``make bench`` runs: speed stated as ratios, measured in one run on one machine, durable."""
