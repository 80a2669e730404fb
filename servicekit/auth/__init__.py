"""Who is asking, and who may."""
