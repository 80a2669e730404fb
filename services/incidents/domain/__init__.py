"""What went wrong, how bad it is, and what follows; pure."""
