"""Who exists: tenants, projects, agents, people and the keys that prove who they are."""
