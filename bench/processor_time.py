"""How much processor time the parts of a plane spend, from /proc."""

from collections.abc import Mapping

import psutil

from bench.plane import RunningPlane


class ProcessorTime:
    """Seconds that each part has spent since it was made."""

    def __init__(self, plane: RunningPlane) -> None:
        self._pids = {**plane.service_pids, **plane.engine_pids}
        self._before = self._now()

    def spent(self) -> Mapping[str, float]:
        """Seconds of processor time, by part."""
        now = self._now()
        return {name: now[name] - self._before[name] for name in now}

    def _now(self) -> dict[str, float]:
        return {name: _seconds(pid) for name, pid in self._pids.items()}


def _seconds(pid: int) -> float:
    """What a process, its children and those of them that have ended have used."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    ended = times.children_user + times.children_system
    return float(times.user + times.system + ended) + sum(map(_seconds, _children(process)))


def _children(process: psutil.Process) -> list[int]:
    return [child.pid for child in process.children()]
