"""The schema of accounts; the only room that speaks SQL."""
