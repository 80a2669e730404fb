"""What steps left behind, read as what a model said and what a run was shown."""
