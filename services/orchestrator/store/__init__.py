"""The schema of the orchestrator; the only room that speaks SQL."""
