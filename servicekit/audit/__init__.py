"""No audit, no action: what a service did reaches the ledger, or it did not happen."""
