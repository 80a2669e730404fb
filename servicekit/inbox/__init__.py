"""Events take effect once, whatever the bus does."""
