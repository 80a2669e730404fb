"""How much is done: enough to see the faults in `make test`, all of it in `make resilience`."""

import os
import random

import pytest


@pytest.fixture(scope="session")
def is_full() -> bool:
    """Whether this is `make resilience`."""
    return os.environ.get("AOS_RESILIENCE") == "full"


@pytest.fixture
def chance() -> random.Random:
    """Chance, from a seed that a failure shows."""
    seed = int(os.environ.get("AOS_SEED", "0")) or random.SystemRandom().randrange(2**32)
    print(f"AOS_SEED={seed}")  # noqa: T201 - pytest shows it with the failure
    return random.Random(seed)
