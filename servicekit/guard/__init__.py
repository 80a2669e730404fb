"""The boot guard: invariants proven by doing, held as a lease."""
