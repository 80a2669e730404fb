"""The event bus with the configuration that is deployed, on ports and in a folder of a test's own."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import nats

from aosctl.engines.nats import binary
from aosctl.ports import free_port
from tests.support.waiting import until

FILES = Path(__file__).parents[2] / "deploy" / "nats"


def configure(folder: Path) -> int:
    """Write the files of the server; return the port it will listen on."""
    port = free_port()
    for source in FILES.glob("*.conf"):
        text = source.read_text().replace("store_dir: /data", f"store_dir: {folder}/data")
        text = text.replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace("http: 0.0.0.0:8222", "")
        text = text.replace("/run/nats/tls", f"{folder}/tls")
        (folder / source.name).write_text(text)
    return port


def environment(passwords: Mapping[str, str]) -> dict[str, str]:
    """What the server finds in its environment."""
    named = {f"NATS_PASSWORD_{name.upper()}": text for name, text in passwords.items()}
    return {**os.environ, **named, "NATS_NAME": "nats-0"}


@asynccontextmanager
async def deployed_bus(
    folder: Path, port: int, passwords: Mapping[str, str]
) -> AsyncIterator[None]:
    """A server at work."""
    process = await asyncio.create_subprocess_exec(
        binary(),
        "-c",
        str(folder / "server.conf"),
        env=environment(passwords),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _answers(port, passwords["logs"]))
        yield
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int, password: str) -> bool:
    try:
        client = await nats.connect(
            f"nats://logs:{password}@127.0.0.1:{port}", allow_reconnect=False
        )
    except (OSError, nats.errors.Error):
        return False
    await client.close()
    return True
