"""The schema of activity; the only room that speaks SQL."""
