"""The engines AOS stands on, run from the wheels that carry them."""
