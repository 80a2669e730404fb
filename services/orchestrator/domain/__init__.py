"""How runs are driven and completed; pure."""
