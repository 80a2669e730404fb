"""The folder that holds an installation: format, lock, and where everything lies in it."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.private_files import write_private, writing

FORMAT_VERSION = 1
NEEDED_BYTES = 200 * 1024 * 1024
DEFAULT = Path(".aos")


class DataFolder:
    """The layout of `--data-dir`; nothing is made before `prepare`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.postgres = self.root / "postgres"
        self.nats = self.root / "nats"
        self.keys = self.root / "keys"
        self.logs = self.root / "logs"
        self.state_file = self.root / "run" / "state.json"
        self._format_file = self.root / "FORMAT"
        self._lock_file = self.root / "run" / "lock"

    def log(self, name: str) -> Path:
        """Where the output of one program goes."""
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders, or refuse a folder this version cannot work with."""
        self.check_owner()
        with writing(self.root):
            for folder in (self.logs, self.state_file.parent):
                folder.mkdir(parents=True, exist_ok=True)
        self.check_format()
        self._check_space()
        if not self._format_file.exists():
            write_private(self._format_file, f"{FORMAT_VERSION}\n")

    def check_owner(self) -> None:
        """Refuse another user's installation: files of two owners would lock both of them out."""
        if not self._format_file.exists():
            return
        owner = self._format_file.stat().st_uid
        if owner != os.geteuid():
            raise OperatorError(
                f"The data folder {self.root} belongs to another user (id {owner}): run aos as "
                "that user, or choose another --data-dir."
            )

    def check_format(self) -> None:
        """Refuse a folder written by a newer version: it may mean something else by it."""
        if not self._format_file.exists():
            return
        text = self._format_file.read_text().strip()
        if not text.isdecimal():
            raise OperatorError(f"{self._format_file} holds no number: choose another --data-dir.")
        if int(text) > FORMAT_VERSION:
            raise OperatorError(
                f"The data folder {self.root} has format {text}, newer than the {FORMAT_VERSION} "
                "this version knows: upgrade AOS, or choose another --data-dir."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process alone; the kernel lets go of it however we end."""
        with writing(self._lock_file):
            file = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take(file)
            yield
        finally:
            os.close(file)

    def holder(self) -> int:
        """The process that holds the folder; 0 when nobody does."""
        if not self._lock_file.exists():
            return 0
        with self._lock_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(file.read() or -1)
        return 0

    def _take(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OperatorError(
                f"Another `aos` (pid {self._lock_file.read_text()}) runs on {self.root}: stop it, "
                "or choose another --data-dir."
            ) from error
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.root).free
        if free < NEEDED_BYTES:
            raise OperatorError(
                f"Only {free // 2**20} MB are free at {self.root} and AOS needs "
                f"{NEEDED_BYTES // 2**20} MB: free some, or choose another --data-dir."
            )
