"""Compiled snapshots and what each run needs of them, kept between batches.

Nothing here can be out of date: a program is kept by the hash of its snapshot, a plan by that hash
and the day, and neither holds anything that anybody counts.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from services.policies.domain.counting import CounterKey
from services.policies.domain.gate import Gate
from services.policies.domain.policy_body import BindAt
from services.policies.domain.program import Program, RuleTable, compiled
from services.policies.domain.snapshot import Snapshot

Key = TypeVar("Key")
Value = TypeVar("Value")

_PROGRAMS = 2_000
_PLANS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run needs for a step on one day: its rules, and their counters in the same order.

    Counters of rules that are looked at in another moment stand behind those of `table`: every
    step counts towards them.
    """

    program: Program
    table: RuleTable
    keys: tuple[CounterKey, ...]
    names: tuple[tuple[str, str], ...]
    metrics: tuple[int, ...]


class Kept(Generic[Key, Value]):
    """The most recently used of something."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What is kept under a key."""
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> Value:
        """Keep a value, and let go of what nobody asked for longest."""
        self._kept[key] = value
        if len(self._kept) > self._maximum:
            self._kept.popitem(last=False)
        return value

    def drop(self, key: Key) -> None:
        """Let go of what is kept under a key, if anything is."""
        self._kept.pop(key, None)


class Programs:
    """Compiles each snapshot once and plans each run once a day."""

    def __init__(self) -> None:
        self._programs: Kept[tuple[str, str], Program] = Kept(_PROGRAMS)
        self._plans: Kept[tuple[str, str, str, int], Plan] = Kept(_PLANS)

    def known(self, tenant_id: str, content_hash: str) -> Program | None:
        """The program of a snapshot, if it was compiled here before."""
        return self._programs.get((tenant_id, content_hash))

    def learn(self, snapshot: Snapshot) -> Program:
        """Look whether a snapshot is what was taken, and compile it.

        Raises:
            SnapshotDamaged: it is not.
        """
        program = compiled(snapshot.policies(), content_hash=snapshot.content_hash)
        return self._programs.put((snapshot.tenant_id, snapshot.content_hash), program)

    def plan(self, gate: Gate, program: Program, now: datetime) -> Plan:
        """What the run needs for a step now."""
        key = (gate.tenant_id, gate.run_id, program.content_hash, now.toordinal())
        return self._plans.get(key) or self._plans.put(key, _planned(gate, program, now))


def _planned(gate: Gate, program: Program, now: datetime) -> Plan:
    table = program.at[BindAt.EACH_STEP]
    others = [program.at[BindAt.RUN_START], program.at[BindAt.FIRST_TOKEN]]
    rules = [*table.rules, *(rule for other in others for rule in other.rules)]
    keys = tuple(rule.counter_key(gate.context, now) for rule in rules)
    return Plan(
        program=program,
        table=table,
        keys=keys,
        names=tuple((key.tenant_id, key.id) for key in keys),
        metrics=(*table.metrics, *(metric for other in others for metric in other.metrics)),
    )
