"""Writes the users of the deployed event bus, with what the code says that each of them may do.

`make permissions` writes `deploy/nats/permissions.conf`; `make check` fails when it differs.
"""

from pathlib import Path

from aosctl.services import SERVICES
from servicekit.jetstream.permissions import permissions_of, user_entry
from servicekit.jetstream.topology import Topology

ROOT = Path(__file__).resolve().parent.parent
TOPOLOGY = ROOT / "deploy" / "nats" / "topology.yaml"
PERMISSIONS = ROOT / "deploy" / "nats" / "permissions.conf"
HEAD = """\
# Written by `make permissions` from topology.yaml: a user for each service, with its own events.
# The server takes the passwords from its environment.
authorization {
  users: [
"""


def permissions() -> str:
    """The part of the server's configuration that names users."""
    topology = Topology.read(TOPOLOGY)
    users = [
        user_entry(
            service.name,
            f"$NATS_PASSWORD_{service.name.upper()}",
            permissions_of(service.name, topology),
        )
        for service in SERVICES
    ]
    return f"{HEAD}{''.join(users)}  ]\n}}\n"


def main() -> None:
    """Write the file."""
    PERMISSIONS.write_text(permissions())


if __name__ == "__main__":
    main()
