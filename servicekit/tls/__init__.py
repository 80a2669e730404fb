"""Encrypted connections, and certificates that are replaced while they are in use."""
