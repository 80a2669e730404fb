"""`aos gate`: what must be true before anybody is given the plane, proven on a fresh one."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from aosctl.gate.proving import chosen, proven
from aosctl.gate.row import Row, Site, State, Verdict
from aosctl.stage.calling import stage
from aosctl.stage.planes import fresh_plane


def gate(*, only: Sequence[str], as_json: bool) -> None:
    """Print a line a row; exit with 1 unless every one of them holds."""
    rows = chosen(only)
    verdicts = asyncio.run(_prove(rows, as_json=as_json))
    if as_json:
        print(json.dumps([asdict(one) for one in verdicts], indent=2))
    if any(one.state is not State.HOLDS for one in verdicts):
        sys.exit(1)


async def _prove(rows: Sequence[Row], *, as_json: bool) -> list[Verdict]:
    verdicts = []
    async with fresh_plane() as plane:
        for row in rows:
            # A token lives five minutes, and a row may take a while.
            async with stage(plane) as connected:
                verdict = await proven(row, Site(stage=connected, plane=plane))
            if not as_json:
                print(verdict, flush=True)
            verdicts.append(verdict)
    return verdicts
