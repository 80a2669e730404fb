"""Checks what AOS has signed, on a machine that has nothing else of AOS."""
