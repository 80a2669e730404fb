"""Calls to activity and policies."""
