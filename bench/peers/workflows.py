"""Workflows of the peer, in an environment of its own: as many empty steps as a completion has.

``python workflows.py URL STEPS AT_ONCE SECONDS`` prints how many workflows ended in a second.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS, DBOSConfig


@DBOS.step()
def step(number: int) -> int:
    """Do nothing; that it was done is on disk before the next begins."""
    return number


@DBOS.workflow()
def workflow(steps: int) -> int:
    """Do nothing, step by step."""
    return sum(step(number) for number in range(steps))


def complete_again_and_again(steps: int, end: float) -> int:
    """Run one workflow after the other; return how many ended in time."""
    done = 0
    while time.perf_counter() < end:
        workflow(steps)
        done += time.perf_counter() < end
    return done


def main() -> None:
    """Measure, and print the figure."""
    url, *figures = sys.argv[1:]
    steps, at_once, seconds = map(float, figures)
    DBOS(
        config=DBOSConfig(
            name="peer", system_database_url=url, log_level="ERROR", run_admin_server=False
        )
    )
    DBOS.launch()
    workflow(int(steps))
    with ThreadPoolExecutor(int(at_once)) as callers:
        end = time.perf_counter() + seconds
        counts = [
            callers.submit(complete_again_and_again, int(steps), end) for _ in range(int(at_once))
        ]
        done = sum(count.result() for count in counts)
    DBOS.destroy()
    print(json.dumps({"per_second": done / seconds}))


if __name__ == "__main__":
    main()
