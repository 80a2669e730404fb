"""`aos gate`: what must be true before anybody is given the plane, proven on a fresh one."""
