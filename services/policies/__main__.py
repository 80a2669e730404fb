"""Runs policies: ``python -m services.policies``."""

from servicekit.process import run_service
from services.policies.config import Settings
from services.policies.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
