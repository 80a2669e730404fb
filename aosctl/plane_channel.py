"""A channel to a plane that runs elsewhere: in plain text on one machine, otherwise with TLS."""

import os
from pathlib import Path

import grpc

from aosctl.errors import OperatorError

ENCRYPTED = "grpcs://"
# The name that services know as well; people and agents need only what vouches for the plane.
AUTHORITIES_VARIABLE = "AOS_TLS_AUTHORITIES_FILE"


def open_channel(address: str) -> grpc.aio.Channel:
    """Open a channel to ``host:port``, or with TLS to ``grpcs://host:port``.

    AOS_TLS_AUTHORITIES_FILE names who vouches for the plane; without it the usual authorities do.
    """
    if not address.startswith(ENCRYPTED):
        return grpc.aio.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(_authorities())
    return grpc.aio.secure_channel(address.removeprefix(ENCRYPTED), credentials)


def _authorities() -> bytes | None:
    file = os.environ.get(AUTHORITIES_VARIABLE)
    if not file:
        return None
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise OperatorError(
            f"{AUTHORITIES_VARIABLE} names {file}, which cannot be read ({error.strerror})."
        ) from error
