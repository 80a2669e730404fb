"""The servers that a database may be on: one at a time takes writes, and which one can change.

A URL may name several (``?host=a:5432&host=b:5432&target_session_attrs=read-write``). The driver
would ask them one after the other as well, but within one time limit: a first host that swallows
every packet, as a machine without power does, would keep the others from ever being asked.
"""

from typing import Any

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

# A healthy server answers in milliseconds. Where there are others to ask, one is given up earlier
# than whoever waits for a connection gives up on us.
_SECONDS_FOR_THE_ONLY_ONE = 10.0
SECONDS_FOR_EACH = 3.0

_NOT_THIS_ONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.TargetServerAttributeNotMatched,
)


class DatabaseHosts:
    """Connects to whichever server can be used; the one that last could is asked first."""

    def __init__(self, url: str) -> None:
        self._arguments = _arguments(url)
        hosts, ports = self._arguments.pop("host", None), self._arguments.pop("port", None)
        hosts = hosts if isinstance(hosts, list) else [hosts]
        ports = ports if isinstance(ports, list) else [ports]
        self._places = list(zip(hosts, ports, strict=True))
        several = len(self._places) > 1
        self._seconds = SECONDS_FOR_EACH if several else _SECONDS_FOR_THE_ONLY_ONE

    async def connect(self, *_: Any, **options: Any) -> Any:
        """Open a connection. What the URL says counts before what a toolkit makes of it.

        Raises:
            ConnectionError: there are several servers, and none of them can be used.
        """
        options = {**options, **self._arguments}
        for place in tuple(self._places):
            try:
                connection = await self._connect_to(place, options)
            except _NOT_THIS_ONE as error:
                failure = error
            else:
                self._prefer(place)
                return connection
        if len(self._places) == 1 and not isinstance(
            failure, asyncpg.TargetServerAttributeNotMatched
        ):
            raise failure
        raise ConnectionError("No server of the database can be used at the moment.") from failure

    async def _connect_to(self, place: tuple[Any, Any], options: dict[str, Any]) -> Any:
        host, port = place
        return await asyncpg.connect(
            **{**options, "host": host, "port": port, "timeout": self._seconds}
        )

    def _prefer(self, place: tuple[Any, Any]) -> None:
        if self._places[0] != place:
            self._places.remove(place)
            self._places.insert(0, place)


def _arguments(url: str) -> dict[str, Any]:
    """What the URL says, read as the toolkit reads it, so that everybody sees the same servers."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    _, arguments = PGDialect_asyncpg().create_connect_args(address)  # type: ignore[no-untyped-call]
    if "sslmode" in arguments:
        arguments["ssl"] = arguments.pop("sslmode")
    return dict(arguments)
