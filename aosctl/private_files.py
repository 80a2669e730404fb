"""Files that only their owner may read, written whole or not at all."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from aosctl.errors import OperatorError


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one sentence why something could not be written, and what to do about it."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise OperatorError(
                f"No space is left for {path}: free some and run the command again."
            ) from error
        raise OperatorError(
            f"Cannot write {path} ({error.strerror}): make it writable or choose another "
            "--data-dir."
        ) from error


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; it is never readable by others and never half written."""
    draft = path.with_name(f".{path.name}.draft")
    with writing(path):
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def secret_file(path: Path, *, entropy: int = 24) -> str:
    """The secret kept in a file as unpadded base64url text, made on first use."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(entropy))
    return path.read_text().strip()
