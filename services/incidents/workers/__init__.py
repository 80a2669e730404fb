"""Asked by the clock and by events."""
