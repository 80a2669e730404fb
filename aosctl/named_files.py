"""Files that somebody names on the command line."""

from pathlib import Path

from aosctl.errors import OperatorError


def read_text(path: Path) -> str:
    """The text of a file, or one sentence about why there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path} cannot be read: {error}.") from None


def write_text(path: Path, text: str) -> None:
    """Write a file, or say in one sentence why not."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{path} cannot be written: {error.strerror}.") from None
