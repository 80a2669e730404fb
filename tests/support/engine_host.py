"""Runs one engine in a process of its own, so that a test can kill the process around it.

    python engine_host.py postgres|nats <folder> [user id]

It prints `<pid> <url>` when the engine is ready, and stops the engine when its input ends.
"""

import asyncio
import concurrent.futures.thread
import encodings.idna
import os
import sys
from pathlib import Path

from aosctl.engines.nats import EmbeddedNats
from aosctl.engines.postgres import EmbeddedPostgres

# What is otherwise loaded at first use.
PRELOADED = (concurrent.futures.thread, encodings.idna)
ENGINES = {"postgres": EmbeddedPostgres, "nats": EmbeddedNats}


async def host(kind: str, folder: Path) -> None:
    """Keep the engine until the input ends."""
    async with ENGINES[kind](folder) as engine:
        print(engine.pid, engine.url, flush=True)  # noqa: T201 - the test reads it.
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Become the wanted user, then run the engine."""
    kind, folder, *user = sys.argv[1:]
    if user:
        # Another user may not be able to read the interpreter: everything is loaded by now.
        os.setgroups([])
        os.setgid(int(user[0]))
        os.setuid(int(user[0]))
    asyncio.run(host(kind, Path(folder)))


if __name__ == "__main__":
    main()
