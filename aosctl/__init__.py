"""The `aos` command: engines, data folder, provisioning, processes."""
