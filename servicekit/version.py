"""The version of the code that runs."""

VERSION = "0.1.0"
