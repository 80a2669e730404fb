"""Which schema version this code expects, told without loading the migration tool.

Revisions are numbered files, so the last name in order is the head; a test holds this equal to what
alembic says.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def expected_revision(service: str) -> str:
    """The revision of the last migration of the service."""
    folder = ROOT / "services" / service / "store" / "migrations"
    return max(path.stem for path in folder.glob("[0-9]*.py"))
