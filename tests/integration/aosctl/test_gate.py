"""`aos gate`, as somebody runs it before anybody is given the plane."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

AOS = Path(sys.executable).with_name("aos")
NOT_BUILT = ["GAP-059", "GAP-060", "GAP-063", "GAP-065"]
T0 = [
    *("GAP-016", "GAP-030", "GAP-031", "GAP-035", "GAP-046", "GAP-059", "GAP-060"),
    *("GAP-063", "GAP-065", "GAP-066", "GAP-067", "GAP-068", "GAP-069"),
]


pytestmark = [pytest.mark.gap(one) for one in T0 if one not in NOT_BUILT]


async def test_on_a_sound_plane_every_row_holds_that_is_built() -> None:
    process = await asyncio.create_subprocess_exec(AOS, "gate", "--json", stdout=PIPE, stderr=PIPE)
    said, complaint = await process.communicate()
    verdicts = json.loads(said)
    assert [one["id"] for one in verdicts] == T0
    states = {one["id"]: one["state"] for one in verdicts}
    assert [name for name, state in states.items() if state == "not built"] == NOT_BUILT
    unsound = [one for one in verdicts if one["state"] == "fails"]
    assert unsound == []
    assert all(one["shown_by"] for one in verdicts if one["state"] == "holds")
    # What is not built is no reason to let anybody pass.
    assert process.returncode == 1
    assert complaint == b""


async def test_rows_are_chosen_by_name_and_what_is_not_built_fails_alone() -> None:
    process = await asyncio.create_subprocess_exec(
        AOS, "gate", "--only", "GAP-066,GAP-063", stdout=PIPE, stderr=PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().splitlines() == ["GAP-063 not built", "GAP-066 holds"]
    assert process.returncode == 1


async def test_a_row_that_does_not_exist_is_refused_before_anything_starts() -> None:
    process = await asyncio.create_subprocess_exec(
        AOS, "gate", "--only", "GAP-053", stdout=PIPE, stderr=PIPE
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert complaint.decode().startswith("aos: There is no row GAP-053: choose of GAP-016")


async def test_its_help_has_examples() -> None:
    process = await asyncio.create_subprocess_exec(AOS, "gate", "--help", stdout=PIPE)
    said, _ = await process.communicate()
    assert "Examples:\n    aos gate" in said.decode()
