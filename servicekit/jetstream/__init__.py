"""The event bus: connection, topology, reconciliation."""
