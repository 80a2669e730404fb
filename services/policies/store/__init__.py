"""The schema of policies; the only room that speaks SQL."""
