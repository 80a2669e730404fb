"""The raw truth: what happened, written once and provably unchanged."""
