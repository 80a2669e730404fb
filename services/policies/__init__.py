"""How behaviour is controlled."""
