"""DBOS: durable workflows on Postgres, which is what a completion is."""

import asyncio
import json
from pathlib import Path

from bench.context import say
from services.orchestrator.domain.run_completion import STEPS

ROOT = Path(__file__).resolve().parents[2]
# `make bench` makes it; it holds nothing that AOS runs on.
PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
_PROGRAM = Path(__file__).with_name("workflows.py")


async def workflows_per_second(url: str, *, at_once: int, seconds: float) -> float | None:
    """Workflows with as many empty steps as a completion; None where the peer is not installed."""
    if not PYTHON.exists():
        say("  DBOS is not installed beside us: `make bench` does that")
        return None
    process = await asyncio.create_subprocess_exec(
        *(str(PYTHON), str(_PROGRAM), url, str(len(STEPS)), str(at_once), str(seconds)),
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate()
    if process.returncode:
        say("  DBOS did not run; what it printed stands above")
        return None
    per_second: float = json.loads(answer)["per_second"]
    say(f"  DBOS, {at_once} at once: {per_second:,.0f}/s")
    return per_second
