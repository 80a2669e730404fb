"""Runs incidents: ``python -m services.incidents``."""

from servicekit.process import run_service
from services.incidents.config import Settings
from services.incidents.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
