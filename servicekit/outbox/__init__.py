"""Events leave in the transaction of the change they announce."""
