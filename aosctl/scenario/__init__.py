"""`aos scenario`: causes that are injected as a client would, and effects that must follow."""
