"""How much memory processes hold, from /proc."""

from dataclasses import dataclass

import psutil

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A process's memory: all it maps, and its fair share of what it maps together with others."""

    resident_megabytes: float
    proportional_megabytes: float


def memory_of(pid: int) -> Memory:
    """The memory of one process."""
    # What forked processes share counts in full for each of them in the first figure, but only
    # once in the sum of the second.
    full = psutil.Process(pid).memory_full_info()
    return Memory(
        resident_megabytes=full.rss / MEGABYTE, proportional_megabytes=full.pss / MEGABYTE
    )


def memory_of_family(pid: int) -> float:
    """Megabytes that a process and everything it started hold together."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(memory_of(member.pid).proportional_megabytes for member in family)
