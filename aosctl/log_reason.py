"""Why a service ended, from its exit status and the last words in its log."""

import json
import signal
from pathlib import Path

from aosctl.processes import last_line

LONGEST = 200


def exit_reason(status: int, log: Path) -> str:
    """One sentence about the end of a process."""
    if status < 0:
        return f"It was ended by {signal.Signals(-status).name}."
    return f"It ended with status {status}: {last_words(log)}"


def last_words(log: Path) -> str:
    """What the last log line says, whether it is JSON or text."""
    line = last_line(log)
    try:
        entry = json.loads(line)
    except ValueError:
        return line[:LONGEST]
    if not isinstance(entry, dict):
        return line[:LONGEST]
    parts = (str(entry[name]) for name in ("event", "error", "problem") if entry.get(name))
    return ": ".join(parts)[:LONGEST]
