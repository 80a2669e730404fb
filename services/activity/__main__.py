"""Runs activity: ``python -m services.activity``."""

from servicekit.process import run_service
from services.activity.config import Settings
from services.activity.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
