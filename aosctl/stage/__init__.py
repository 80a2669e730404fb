"""A plane to act on, and whoever acts there: for the demonstration, scenarios and the gate."""
