"""Asked by RPC: decode, call one use case, encode."""
