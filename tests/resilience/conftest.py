"""How much is done: enough to see the faults in `make test`, all of it in `make resilience`."""

import os
import random
from collections.abc import Iterator

import pytest

from tests.support.figures import FIGURES, SEED, Figures


@pytest.fixture(scope="session")
def is_full() -> bool:
    """Whether this is `make resilience`."""
    return os.environ.get("AOS_RESILIENCE") == "full"


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Chance, from a seed that a failure shows."""
    seed = int(os.environ.get("AOS_SEED", "0")) or random.SystemRandom().randrange(2**32)
    request.node.stash[SEED] = seed
    print(f"AOS_SEED={seed}")  # noqa: T201 - pytest shows it with the failure
    return random.Random(seed)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """What the test counts, for the table of `make resilience`."""
    made = request.node.stash[FIGURES] = Figures()
    yield made
    for sentence in made.said:
        print(sentence)  # noqa: T201 - pytest shows it with the failure
