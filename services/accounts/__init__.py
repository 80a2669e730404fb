"""Who may ask: tenants, projects, agents, people, keys, tokens."""
