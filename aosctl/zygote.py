"""A warm process that imports what the services share once and forks a process for each.

It reads commands and writes events, one JSON object a line:

    {"command": "spawn", "module": …, "environment": {…}, "log": …}  ->  started, later exited
    {"command": "signal", "pid": …, "signal": 15}

When its input ends, its parent has gone, and it takes its children with it.
There is no thread, no event loop and no gRPC channel before the fork: none survives one.
"""

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from typing import Any

from aosctl.processes import death_signal

DRAIN_SECONDS = 10.0
READ_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a freshly forked child has to become."""

    module: str
    environment: dict[str, str]
    log: str
    parent: int

    def run(self) -> None:
        """Be the service, until its `main()` returns."""
        os.setsid()
        death_signal(signal.SIGKILL)()
        if os.getppid() != self.parent:
            return
        os.environ.clear()
        os.environ.update(self.environment)
        self._redirect()
        # All children would otherwise draw the same numbers.
        random.seed()
        sys.exit(importlib.import_module(self.module).main())

    def _redirect(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.close(nothing)


class Zygote:
    """Obeys commands from one file descriptor and reports on another."""

    def __init__(self, *, commands: int, events: int) -> None:
        self._commands = commands
        self._events = events
        self._buffer = b""
        self._children: set[int] = set()
        self._ending = False
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)

    def serve(self) -> Job | None:
        """Work until the end; a Job means that this is a forked child, which has to run it."""
        self._catch_signals()
        self._report(event="ready")
        while not self._ending:
            readable, _, _ = select.select([self._commands, self._wake_out], [], [])
            if self._wake_out in readable:
                self._reap()
            job = self._obey_all() if self._commands in readable else None
            if job is not None:
                return job
        self._end_children()
        return None

    def _catch_signals(self) -> None:
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._end())
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _end(self) -> None:
        self._ending = True

    def _obey_all(self) -> Job | None:
        received = os.read(self._commands, READ_BYTES)
        self._ending = self._ending or not received
        *lines, self._buffer = (self._buffer + received).split(b"\n")
        # In a forked child the first Job ends the search: the other lines are for the parent.
        jobs = (self._obey(json.loads(line)) for line in lines)
        return next((job for job in jobs if job is not None), None)

    def _obey(self, command: dict[str, Any]) -> Job | None:
        if command["command"] == "spawn":
            return self._spawn(command)
        # A child that was reaped is no longer ours, even if its id is in use again.
        if command["pid"] in self._children:
            os.kill(command["pid"], command["signal"])
        return None

    def _spawn(self, command: dict[str, Any]) -> Job | None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._forget_everything()
            fields = {name: command[name] for name in ("module", "environment", "log")}
            return Job(**fields, parent=parent)
        self._children.add(pid)
        self._report(event="started", pid=pid)
        return None

    def _forget_everything(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in (self._commands, self._events, self._wake_in, self._wake_out):
            os.close(descriptor)

    def _reap(self) -> None:
        os.read(self._wake_out, READ_BYTES)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                self._children.discard(ended[0])
                self._report(
                    event="exited", pid=ended[0], status=os.waitstatus_to_exitcode(ended[1])
                )

    def _end_children(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._children:
                os.kill(pid, number)
            deadline = time.monotonic() + DRAIN_SECONDS
            while self._children and (left := deadline - time.monotonic()) > 0:
                if select.select([self._wake_out], [], [], left)[0]:
                    self._reap()

    def _report(self, **event: object) -> None:
        # A parent that has gone does not listen, and its absence ends the loop anyway.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._events, json.dumps(event).encode() + b"\n")


def warm_up(modules: list[str]) -> None:
    """Import everything once, for all children to share the memory of it."""
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception:  # noqa: BLE001 - the child fails on it again, and its exit is reported.
            traceback.print_exc()
    if threading.active_count() > 1:
        raise RuntimeError(f"A thread runs before the fork: {threading.enumerate()}.")
    gc.collect()
    # Frozen objects are not touched by later collections, so their pages stay shared.
    gc.freeze()


def main() -> None:
    """Serve the parent on standard input and output; `argv` is the data folder and modules."""
    events = os.dup(1)
    # Whatever a module prints while it is imported belongs in the log, not among the events.
    os.dup2(2, 1)
    commands = os.dup(0)
    warm_up(sys.argv[2:])
    job = Zygote(commands=commands, events=events).serve()
    if job is not None:
        job.run()


if __name__ == "__main__":
    main()
