"""What ran, and what is running."""
