"""Runs logs: ``python -m services.logs``."""

from servicekit.process import run_service
from services.logs.config import Settings
from services.logs.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
