"""Named places at which a test can make the process die, as a power cut would.

``FAILPOINTS=relay.after_publish:2`` kills the process with SIGKILL the second time it passes there.
Without the variable a failpoint is one dictionary lookup.
"""

import os
import signal


def _read() -> dict[str, int]:
    pairs = (part.partition(":") for part in os.environ.get("FAILPOINTS", "").split(",") if part)
    return {name: int(count or 1) for name, _, count in pairs}


_remaining = _read()


def reload() -> None:
    """Read the variable again, for processes that were forked before it was set."""
    _remaining.clear()
    _remaining.update(_read())


def failpoint(name: str) -> None:
    """Die here if a test asked for it."""
    if name not in _remaining:
        return
    _remaining[name] -= 1
    if _remaining[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
