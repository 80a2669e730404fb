"""One service process: from its settings to SERVING, and in good order to its end."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from typing import TypeVar

import uvloop

from servicekit import failpoints
from servicekit.background import Background
from servicekit.config import ConfigError, describe, load
from servicekit.foundation import Foundation, lay
from servicekit.hosting import Host
from servicekit.parts import ServiceParts
from servicekit.settings import ServiceSettings
from servicekit.telemetry import logging, tracing
from servicekit.version import VERSION

SettingsType = TypeVar("SettingsType", bound=ServiceSettings)
# sysexits.h: something in the configuration is wrong; restarting will not help.
EXIT_CONFIG = 78
_GARBAGE_THRESHOLD = 10_000


Build = Callable[[Foundation, SettingsType], ServiceParts]


def run_service(settings_type: type[SettingsType], build: Build[SettingsType]) -> None:
    """Run a service until it is told to stop; a setting that is wrong ends it with one sentence."""
    failpoints.reload()
    try:
        settings = load(settings_type)
        if "--print-config" in sys.argv[1:]:
            _print(settings)
            return
        logging.configure(
            service=settings.service, log_format=settings.log_format, level=settings.log_level
        )
        tracing.configure(service=settings.service, version=VERSION)
        uvloop.run(_serve(settings, build))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CONFIG)


async def _serve(settings: SettingsType, build: Build[SettingsType]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    foundation = lay(settings)
    parts = build(foundation, settings)
    host = Host(foundation=foundation, parts=parts, background=Background())
    _calm_the_collector()
    try:
        await host.start()
        await stop.wait()
    finally:
        await host.stop()


def _calm_the_collector() -> None:
    """Look for cycles of garbage less often, and never among what lives as long as we do.

    A call makes some hundred objects, nearly none of them in a cycle; looking after every 700 took
    15 % of a busy service's time (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 20)


def _print(settings: ServiceSettings) -> None:
    for variable, value, meaning in describe(settings):
        sys.stdout.write(f"{variable}={value}\n    {meaning}\n")
