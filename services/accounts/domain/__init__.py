"""What accounts keeps and the rules of it; pure."""
