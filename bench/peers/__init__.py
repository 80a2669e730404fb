"""What others do, measured in the same run; each in an environment of its own."""
