"""What a policy says, and what follows from it for a step; pure."""
