"""Asked by events and by the clock."""
