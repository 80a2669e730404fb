"""Calls to the domains."""
