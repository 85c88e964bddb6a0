"""Finds which rows of two sides are the same movement: pure, exact, and the same whatever the order of its input."""
