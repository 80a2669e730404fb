"""`python -m bench.capacity`: how far a plane goes, from what steps and runs were measured to cost.

The costs are the K rows of the last `make bench ONLY=K-1,K-2`. Services grow by replicas; what
cannot, one PostgreSQL primary, saturates first.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.measurements.costs import PARTS, RUN, STEP
from bench.report import RESULTS

_MICROSECONDS = 1_000_000
# Beyond this share of its processors anything answers late.
_USABLE = 0.7
EXAMPLES = """\
examples:
  make bench ONLY=K-1,K-2
  python -m bench.capacity                         runs of 20 steps, PostgreSQL with 16 processors
  python -m bench.capacity --steps 200 --processors 32
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What each part spends on a run, in seconds of one processor."""

    seconds_a_run: Mapping[str, float]

    def runs_a_second(self, part: str, processors: float) -> float:
        """As many runs as a part can take with so many processors."""
        return processors * _USABLE / self.seconds_a_run[part]

    def processors(self, part: str, runs_a_second: float) -> float:
        """As many processors as a part needs for so many runs."""
        return runs_a_second * self.seconds_a_run[part] / _USABLE


def capacity(costs: Mapping[str, float], *, steps: int) -> Capacity:
    """Compute from the K rows, in microseconds, what runs of so many steps cost."""
    return Capacity(
        seconds_a_run={
            part: (costs[f"{RUN}{letter}"] + steps * costs[f"{STEP}{letter}"]) / _MICROSECONDS
            for letter, part in zip("abcdefgh", PARTS, strict=True)
        }
    )


def describe(found: Capacity, *, steps: int, processors: int) -> list[str]:
    """The answer in words and figures."""
    most = found.runs_a_second("postgres", processors)
    lines = [
        f"Runs of {steps} steps, PostgreSQL with {processors} processors ({_USABLE:.0%} used):",
        f"  PostgreSQL saturates first, at {most:,.1f} runs/s, {most * steps:,.0f} steps/s.",
        "  Until then the other parts need:",
    ]
    others = [part for part in PARTS if part != "postgres"]
    return [
        *lines,
        *(f"    {part:<14}{found.processors(part, most):6.1f} processors" for part in others),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the capacity; 2 when nothing was measured yet."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.capacity",
        description=(__doc__ or "").partition("\n\n")[2],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--steps", type=int, default=20, help="steps of a run")
    parser.add_argument("--processors", type=int, default=16, help="processors of PostgreSQL")
    options = parser.parse_args(arguments)
    try:
        rows = json.loads(RESULTS.read_text())
        costs = {row["id"]: row["value"] for row in rows}
        found = capacity(costs, steps=options.steps)
    except (OSError, KeyError):
        print("Nothing was measured yet: make bench ONLY=K-1,K-2", file=sys.stderr)
        return 2
    print("\n".join(describe(found, steps=options.steps, processors=options.processors)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
