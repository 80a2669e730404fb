"""What a measurement is given to work with."""

import sys
from dataclasses import dataclass

from bench.engines import Engines
from bench.load import Load, Pace
from bench.plane import Plane


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Engines, the plane and the pace of one run of the benchmark."""

    engines: Engines
    plane: Plane
    pace: Pace

    def tell(self, what: str, load: Load) -> None:
        """Show at once what was seen; the table comes at the end and has no room for it."""
        say(f"  {what}: {load}")


def say(line: str) -> None:
    """Print a line of progress, where it does not mix with results."""
    print(line, file=sys.stderr, flush=True)
