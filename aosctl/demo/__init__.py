"""`aos demo`: what AOS does, seen in a minute."""
