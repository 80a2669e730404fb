"""What policies asks of others: the safety classifier that somebody plugs in."""
