"""One intent per function."""
