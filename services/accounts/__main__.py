"""Runs accounts: ``python -m services.accounts``."""

from servicekit.process import run_service
from services.accounts.config import Settings
from services.accounts.wiring import build


def main() -> None:
    """Run until told to stop."""
    run_service(Settings, build)


if __name__ == "__main__":
    main()
