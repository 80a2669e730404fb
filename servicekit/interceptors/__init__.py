"""What happens to a call before its handler sees it."""
