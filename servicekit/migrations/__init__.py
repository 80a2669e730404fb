"""How schemas move forward."""
