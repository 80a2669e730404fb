"""What tests start and look at; no assertions in here."""
