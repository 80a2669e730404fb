"""Asked by the clock."""
