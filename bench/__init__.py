"""Measures AOS on the machine it runs on, each figure beside its peer in the same run."""
