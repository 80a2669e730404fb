"""`aos demo`: what AOS does, on a plane that runs or on a fresh one."""

import asyncio
import logging
import time
from pathlib import Path

from aos_sdk import AsyncAOSClient
from aosctl.demo.scenes import Play
from aosctl.stage.calling import stage
from aosctl.stage.planes import plane_to_act_on
from aosctl.stage.telling import Teller


def demo(*, data_dir: Path, fresh: bool) -> None:
    """Play the demonstration; a scene that does not go as it should ends it with a sentence."""
    # What the SDK would log is told by the scenes.
    logging.getLogger("aos_sdk").setLevel(logging.CRITICAL)
    asyncio.run(_demo(data_dir, fresh=fresh))


async def _demo(data_dir: Path, *, fresh: bool) -> None:
    teller = Teller()
    began = time.monotonic()
    async with plane_to_act_on(data_dir, fresh=fresh, say=teller.note) as plane:
        development, address = plane.development, plane.addresses["orchestrator"]
        async with (
            stage(plane) as played,
            AsyncAOSClient(development.api_key, address) as client,
        ):
            await Play(stage=played, teller=teller, client=client).all_scenes()
    teller.note(f"that was all, in {time.monotonic() - began:.0f} seconds")
