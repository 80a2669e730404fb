"""One module per measurement, each with a `MEASUREMENT`; a new module is found by itself."""
