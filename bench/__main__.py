"""`python -m bench`: measure, show the figures beside their peers, fail when a goal is missed."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop

from aosctl.errors import OperatorError
from bench import report
from bench.context import Context, say
from bench.engines import Engines
from bench.load import FULL, SMOKE, Pace
from bench.plane import Plane
from bench.registry import Measurement, UnknownId, all_measurements, wanted_ids
from bench.row import Row

GOAL_MISSED = 1
CANNOT = 2
INTERRUPTED = 130
EXAMPLES = """\
examples:
  python -m bench                    everything, about two minutes
  python -m bench --only P-4,P-11    some; an id names its parts too
  python -m bench --json             the rows as JSON, progress on standard error
  python -m bench --smoke            whether it runs at all; the figures mean nothing
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; the exit status is 1 when a goal is missed."""
    measurements = all_measurements()
    options = _parser(measurements).parse_args(arguments)
    try:
        wanted = wanted_ids(options.only, measurements)
        rows = uvloop.run(_measure(measurements, wanted, SMOKE if options.smoke else FULL))
    except (UnknownId, OperatorError) as error:
        say(f"bench: {error}")
        return CANNOT
    except KeyboardInterrupt:
        say("bench: interrupted; nothing was written.")
        return INTERRUPTED
    if options.json:
        print(report.as_json(rows))
    else:
        report.print_table(rows)
    return 0 if options.smoke else judge(rows)


def _parser(measurements: Sequence[Measurement]) -> argparse.ArgumentParser:
    listed = "\n".join(f"  {', '.join(one.ids):<28} {one.description}" for one in measurements)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure AOS on this machine, each figure beside its peer in the same run.",
        epilog=f"{EXAMPLES}\nwhat is measured:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", metavar="IDS", help="measure these ids alone")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--smoke", action="store_true", help="run everything for a moment only")
    return parser


async def _measure(measurements: Sequence[Measurement], wanted: set[str], pace: Pace) -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="aos-bench-"))
    rows: list[Row] = []
    try:
        async with Engines(folder) as engines:
            context = Context(engines=engines, plane=Plane(folder / "plane"), pace=pace)
            for measurement in measurements:
                if wanted.intersection(measurement.ids):
                    say(f"{', '.join(measurement.ids)}: {measurement.description} …")
                    rows += await measurement.measure(context)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [row for row in rows if row.id in wanted]


def judge(rows: Sequence[Row]) -> int:
    """Keep the rows, name the goals that were missed; the exit status of the command."""
    report.keep(rows, path=report.RESULTS)
    missed = [row.id for row in rows if row.holds is False]
    if missed:
        say(f"Missed: {', '.join(missed)}. The figures are in {report.RESULTS}.")
    return GOAL_MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
