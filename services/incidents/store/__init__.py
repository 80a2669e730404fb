"""The schema of incidents; the only room that speaks SQL."""
