"""Runs, from submission to proof."""
