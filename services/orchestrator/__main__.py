"""Runs the orchestrator: ``python -m services.orchestrator``."""

from servicekit.process import run_service
from services.orchestrator.config import Settings
from services.orchestrator.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
