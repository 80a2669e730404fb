"""Loopback ports: finding a free one, and saying who holds one that is taken."""

import random
import socket
from collections import deque

import psutil

from aosctl.errors import OperatorError

LOOPBACK = "127.0.0.1"
# Above what services of the system use, below what connections are given.
_OURS = (15_000, 32_000)
# What we have handed out lately may not be listened on yet.
_given: deque[int] = deque(maxlen=1_000)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment.

    It is one that the system gives to nobody by itself: between our asking and our listening, any
    connection on this machine could otherwise be given it as its own end.
    """
    while True:
        port = random.randrange(*_OURS)  # noqa: S311 - no secret depends on it
        if port not in _given and is_free(port):
            _given.append(port)
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # Servers set this option too; without it a port would look taken for a minute after use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def holder_of(port: int) -> str:
    """The process that listens on a port, as far as this user is allowed to know."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return "another program"
    for connection in connections:
        listening = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
        if listening and connection.pid:
            return _describe(connection.pid)
    return "another program"


def require_free(port: int, *, purpose: str) -> None:
    """Refuse to go on when the port meant for `purpose` is taken."""
    if not is_free(port):
        raise OperatorError(
            f"Port {port} for {purpose} is in use by {holder_of(port)}: stop it, or run "
            "`aos up --port-offset 1000` or `aos up --free-ports`."
        )


def _describe(pid: int) -> str:
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"
