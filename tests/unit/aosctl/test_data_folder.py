import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError
from aosctl.private_files import secret_file, write_private

HOLD = """
import sys
from pathlib import Path
from pathlib import Path
from aosctl.datafolder import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def hold(folder: DataFolder) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HOLD, str(folder.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield holder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


def test_preparing_twice_changes_nothing(folder: DataFolder) -> None:
    folder.prepare()
    assert (folder.root / "FORMAT").read_text() == "1\n"


def test_a_folder_of_a_newer_version_is_refused_and_left_alone(folder: DataFolder) -> None:
    (folder.root / "FORMAT").write_text("2\n")
    with pytest.raises(OperatorError, match=r"format 2, newer than the 1"):
        folder.prepare()
    assert (folder.root / "FORMAT").read_text() == "2\n"


def test_a_folder_with_a_damaged_format_is_refused(folder: DataFolder) -> None:
    (folder.root / "FORMAT").write_text("x")
    with pytest.raises(OperatorError, match="holds no number"):
        folder.prepare()


def test_a_folder_held_by_another_process_names_that_process(folder: DataFolder) -> None:
    with hold(folder) as holder:
        assert folder.holder() == holder.pid
        with pytest.raises(OperatorError, match=rf"pid {holder.pid}\)"), folder.locked():
            pass
        holder.kill()


def test_the_lock_of_a_killed_process_is_free_again(folder: DataFolder) -> None:
    with hold(folder) as holder:
        holder.kill()
    assert folder.holder() == 0
    with folder.locked():
        assert folder.holder() == os.getpid()


def test_too_little_space_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil._ntuple_diskusage(total=2**30, used=2**30 - 2**20, free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(OperatorError, match=r"Only 1 MB are free .* needs 200 MB"):
        folder.prepare()
    assert not (folder.root / "FORMAT").exists()


def test_a_path_through_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperatorError, match=r"Cannot write .* choose another --data-dir"):
        DataFolder(tmp_path / "file" / "data").prepare()


def test_running_out_of_space_while_writing_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_private(path, "old")

    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OperatorError, match="No space is left"):
        write_private(path, "new")
    assert path.read_text() == "old"


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert secret_file(path) == secret_file(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_mutant_without_the_lock_two_processes_hold_the_same_folder(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hold(folder) as holder:
        monkeypatch.setattr(fcntl, "flock", lambda *_: None)
        with folder.locked():
            assert holder.poll() is None
        holder.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file away.")
def test_a_folder_of_another_user_is_refused_and_left_alone(folder: DataFolder) -> None:
    os.chown(folder.root / "FORMAT", 65534, 65534)
    shutil.rmtree(folder.logs)
    with pytest.raises(OperatorError, match=r"belongs to another user \(id 65534\)"):
        folder.prepare()
    assert not folder.logs.exists()
