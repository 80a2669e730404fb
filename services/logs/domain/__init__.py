"""What a ledger is, how it is hashed, signed and proven; pure."""
