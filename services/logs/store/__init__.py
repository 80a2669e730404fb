"""The schema of logs; the only room that speaks SQL."""
