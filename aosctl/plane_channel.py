"""Where a plane is, and a channel to it: in plain text on one machine, otherwise with TLS."""

import os
from pathlib import Path

import grpc

from aosctl.board import read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError

ENCRYPTED = "grpcs://"
# The names that services know as well; people and agents need only what vouches for the plane.
AUTHORITIES_VARIABLE = "AOS_TLS_AUTHORITIES_FILE"
CERTIFICATE_VARIABLE, KEY_VARIABLE = "AOS_TLS_CERTIFICATE_FILE", "AOS_TLS_KEY_FILE"


def open_channel(address: str, *, service: str = "") -> grpc.aio.Channel:
    """Open a channel to ``host:port``, or with TLS to ``grpcs://host:port``.

    AOS_TLS_AUTHORITIES_FILE names who vouches for the plane; without it the usual authorities do.
    The operator, who calls services as one of them, names the service: its certificate counts and
    not the address, which may be a forwarded port, and a certificate of our own is shown.
    """
    if not address.startswith(ENCRYPTED):
        return grpc.aio.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(
        _file(AUTHORITIES_VARIABLE),
        *((_file(KEY_VARIABLE), _file(CERTIFICATE_VARIABLE)) if service else ()),
    )
    options = [("grpc.ssl_target_name_override", service)] if service else []
    return grpc.aio.secure_channel(address.removeprefix(ENCRYPTED), credentials, options=options)


def address_of(service: str, data_dir: Path) -> str:
    """Where a service listens: as the environment says, or as `aos up` wrote down."""
    variable = f"AOS_{service.upper()}"
    told = os.environ.get(variable)
    if told:
        return told
    components = read_snapshot(DataFolder(data_dir).state_file).components
    known = [one.address for one in components if one.name == service]
    if not known:
        raise OperatorError(
            f"Where {service} listens is not known: start AOS with `aos up`, or set {variable}."
        )
    return known[0]


def _file(variable: str) -> bytes | None:
    file = os.environ.get(variable)
    if not file:
        return None
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise OperatorError(
            f"{variable} names {file}, which cannot be read ({error.strerror})."
        ) from error
