"""`aos demo`, as somebody plays it who has seen nothing of AOS yet."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

AOS = Path(sys.executable).with_name("aos")
SCENES = [
    "1. A governance owner gives an agent a budget",
    "2. The agent runs, asks before each step, and is stopped within one",
    "3. People are told, and an incident is opened",
    "4. A rule is proposed, tried on past runs, and approved by a person",
    "5. The next run is held before it comes so far",
    "6. The kill switch: 3 runs at once, in mid-step",
    "7. What happened to the first run, and the proof of it",
]


async def test_it_plays_every_scene_on_a_fresh_plane_and_leaves_nothing_running() -> None:
    process = await asyncio.create_subprocess_exec(AOS, "demo", "--fresh", stdout=PIPE, stderr=PIPE)
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    told = said.decode()
    places = [told.index(scene) for scene in SCENES]
    assert places == sorted(places)
    assert "VERIFIED" in told
    assert complaint == b""
