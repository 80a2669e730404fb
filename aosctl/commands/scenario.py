"""`aos scenario`: causes injected as a client would, and every effect seen to follow."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from aosctl.errors import OperatorError
from aosctl.scenario.document import Scenario
from aosctl.scenario.expectations import Seen
from aosctl.scenario.playing import Played, Telling, play
from aosctl.scenario.reading import read_scenario, sound_scenarios
from aosctl.stage.calling import stage
from aosctl.stage.planes import plane_to_act_on
from aosctl.stage.telling import Teller


class _Lines(Telling):
    """One line for each thing that happens."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def caused(self, what: str) -> None:
        """Tell what has happened."""
        self._teller.note(what)

    def followed(self, seen: Seen) -> None:
        """Tell whether an effect is there, and what was seen instead."""
        if seen.holds:
            self._teller.good(seen.place)
        for one in seen.differences:
            self._teller.bad(f"{seen.place}: {one}")


def run(*, files: Sequence[Path], data_dir: Path, fresh: bool, as_json: bool) -> None:
    """Play scenarios; exit with 1 unless every effect of every one followed."""
    scenarios = sound_scenarios(files)
    # Whoever reads JSON reads nothing else; progress is for whoever watches.
    teller = Teller(Console(highlight=False, stderr=as_json))
    played = asyncio.run(_run(scenarios, data_dir, teller, fresh=fresh))
    if as_json:
        print(json.dumps([_plain(one) for one in played], indent=2))
    else:
        good = sum(one.holds for one in played)
        print(f"\n{good} of {len(played)} scenarios hold.")
    if not all(one.holds for one in played):
        sys.exit(1)


async def _run(
    scenarios: Sequence[Scenario], data_dir: Path, teller: Teller, *, fresh: bool
) -> list[Played]:
    played = []
    async with plane_to_act_on(data_dir, fresh=fresh, say=teller.note) as plane:
        for scenario in scenarios:
            teller.scene(scenario.name)
            # A token lives five minutes, and each scenario may take a while.
            async with stage(plane) as connected:
                outcome = await play(scenario, connected, lambda: _Lines(teller))
            if outcome.broken_off:
                teller.bad(outcome.broken_off)
            played.append(outcome)
    return played


def list_all(*, folder: Path, as_json: bool) -> None:
    """Print what each scenario of a folder shows."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise OperatorError(f"There is no scenario in {folder}.")
    listed = [
        {"file": str(path), "name": scenario.name, "description": scenario.description.strip()}
        for path, scenario in zip(files, sound_scenarios(files), strict=True)
    ]
    if as_json:
        print(json.dumps(listed, indent=2))
        return
    for one in listed:
        print(f"{one['name']:<36} {one['description'].splitlines()[0]}")
    print(f"Play them: aos scenario run {folder}/*.yaml")


def lint(*, files: Sequence[Path], as_json: bool) -> None:
    """Print everything that is wrong, with its line; exit with 1 if anything is."""
    read = [read_scenario(path) for path in files]
    complaints = [one for each in read for one in each.complaints]
    if as_json:
        found = [
            {"file": str(one.path), "line": one.line, **asdict(one.problem)} for one in complaints
        ]
        print(json.dumps(found, indent=2))
    else:
        for each in read:
            print("\n".join(map(str, each.complaints)) or f"ok     {each.path}")
    if complaints:
        sys.exit(1)


def _plain(played: Played) -> dict[str, Any]:
    return {
        "name": played.name,
        "holds": played.holds,
        "broken_off": played.broken_off,
        "tenant_id": played.tenant_id,
        "run_ids": played.run_ids,
        "seconds": round(played.seconds, 3),
        "effects": [
            {"place": one.place, "holds": one.holds, "differences": list(one.differences)}
            for one in played.effects
        ],
    }
