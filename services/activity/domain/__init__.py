"""What a run is and what it may become; pure."""
