"""What the boot guard asks of our loops: whether they still go round."""

from collections.abc import Iterator, Mapping
from functools import partial

from servicekit.guard.boot_guard import GuardCheck
from servicekit.heartbeat import Heartbeat

# Silence that is longer than any round of a loop.
_SILENCE_SECONDS = 10.0


def signs_of_life(heartbeats: Mapping[str, Heartbeat]) -> Iterator[GuardCheck]:
    """One check for each loop, by its name."""
    for name, heartbeat in heartbeats.items():
        yield GuardCheck(name=name, prove=partial(_silence, name, heartbeat))


async def _silence(name: str, heartbeat: Heartbeat) -> str | None:
    if heartbeat.age < _SILENCE_SECONDS:
        return None
    return f"The loop of {name} has given no sign of life for {heartbeat.age:.0f} seconds."
