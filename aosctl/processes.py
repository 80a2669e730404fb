"""Child processes that end when we end, and leftovers of a run that was killed."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system account a child runs as."""

    user: int
    group: int


def death_signal(number: signal.Signals) -> Callable[[], None]:
    """A function for the child to call so that the kernel signals it when its parent dies.

    Only Linux offers this; elsewhere the next start finds and ends what was left over.
    """
    if sys.platform != "linux":
        return lambda: None
    # Loaded here, before the fork: a child must not take the loader's locks.
    prctl = ctypes.CDLL(None).prctl

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)

    return arm


def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    when_orphaned: signal.Signals,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches us alone.

    Our own environment is not passed on: a stray PGDATA or PGPORT must not steer an engine. The
    kernel takes the end of the starting thread for the death of the parent: start from one that
    lives on.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the callers name installed binaries.
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **(environment or {})},
            start_new_session=True,
            # It runs after the change of user, which would clear the death signal.
            preexec_fn=death_signal(when_orphaned),  # noqa: PLW1509
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )


def run(command: Sequence[str | Path], *, account: Account | None = None) -> str | None:
    """Run a command to its end; None when it succeeded, otherwise what it complained about."""
    try:
        done = subprocess.run(  # noqa: S603 - the callers name installed binaries.
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


async def stop(
    process: subprocess.Popen[bytes],
    *,
    polite: signal.Signals,
    harsh: signal.Signals = signal.SIGKILL,
    seconds: float,
) -> None:
    """End a child: politely first, harshly once the time is over."""
    for number, patience in ((polite, seconds), (harsh, seconds)):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, patience)


def leftover(pid: int, *, marks: Sequence[str | Path]) -> psutil.Process | None:
    """The process with this id if its command line bears all our marks: ids are used again."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if {str(mark) for mark in marks} <= set(process.cmdline()):
            return process
    return None


async def end_leftover(process: psutil.Process, *, polite: signal.Signals, seconds: float) -> None:
    """End a process that an earlier, killed run of ours left behind."""
    for number in (polite, signal.SIGKILL):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        _, alive = await asyncio.to_thread(psutil.wait_procs, [process], timeout=seconds)
        if not alive:
            return


async def until(
    probe: Callable[[], Awaitable[bool]], *, seconds: float, interval: float = 0.02
) -> bool:
    """Ask again and again until the answer is yes; False when the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await probe():  # noqa: ASYNC110 - other programs raise no event here.
                await asyncio.sleep(interval)
            return True
    return False


async def together(*parts: Awaitable[object]) -> None:
    """Do all of it at once; a failure is raised when every part has come to its end."""
    for outcome in await asyncio.gather(*parts, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def last_line(log: Path, *, default: str = "its log is empty") -> str:
    """The last line a program wrote, for a sentence that explains its end."""
    return next((line for line in _lines_from_the_end(log) if line.strip()), default).strip()


def _lines_from_the_end(log: Path, *, window: int = 16384) -> Iterator[str]:
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - window))
        yield from reversed(file.read().decode(errors="replace").splitlines())
