"""Batches of decisions, straight on the driver: one statement a table, whatever the batch holds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kernel.identifiers import PLANE_TENANT, new_id
from kernel.ledger import LedgerEntry, entry_of
from kernel.principal import Actor
from kernel.run_log import RunLogEntry
from servicekit.departures import Departures
from services.policies.domain.counting import Counter, CounterKey
from services.policies.domain.events import GateChanged, StepEvent
from services.policies.domain.gate import Gate
from services.policies.domain.governance import GovernanceState, in_force
from services.policies.domain.policy_body import ScopeType
from services.policies.domain.reservation import Reservation
from services.policies.domain.snapshot import Snapshot
from services.policies.store import admission_statements as statements
from services.policies.store.known_gates import KnownGates
from services.policies.store.rows import (
    counter_of,
    divergence_rows,
    gate_of,
    gate_row,
    held_counter_of,
    holds_text,
    reservation_of,
    snapshot_of,
)
from services.policies.usecases.ports import (
    GateKey,
    OpenOverride,
    Situation,
    StepKey,
    StoredDecision,
    Written,
)

Columns = list[list[Any]]


class PostgresAdmission:
    """Implements the transaction of a batch; whoever opened it has bound the tenants."""

    def __init__(
        self,
        connection: Any,
        departures: Departures,
        *,
        encode: Any,
        known_gates: KnownGates | None = None,
    ) -> None:
        self._connection = connection
        self._departures = departures
        self._encode = encode
        self._known_gates = known_gates or KnownGates()

    async def hold_gates(self, keys: Sequence[GateKey]) -> Situation:
        """Lock the gates, in one order, and read what governs them."""
        rows = await self._connection.fetch(statements.HOLD_GATES, *_columns(keys, 2))
        first = rows[0] if rows else await self._connection.fetchrow(statements.NOW)
        tenants = {tenant for tenant, _ in keys}
        return Situation(
            now=first["now"],
            gates=await self._gates(
                {(row["tenant_id"], row["run_id"]): row["epoch"] for row in rows}
            ),
            governance=_governance(first["governance"], tenants),
            overrides=_overrides(first["overrides"]),
        )

    async def _gates(self, epochs: Mapping[GateKey, int]) -> dict[GateKey, Gate]:
        gates, unknown = self._known_gates.at(epochs)
        if unknown:
            for row in await self._connection.fetch(statements.READ_GATES, *_columns(unknown, 2)):
                gate = gates[row["tenant_id"], row["run_id"]] = gate_of(row)
                self._known_gates.learn(gate)
        return gates

    async def decided(self, keys: Sequence[StepKey]) -> Mapping[StepKey, StoredDecision]:
        """Return the last decision on each of the steps that has one."""
        rows = await self._connection.fetch(statements.DECIDED, *_columns(keys, 3))
        return {
            (row["tenant_id"], row["run_id"], row["step_id"]): stored_decision_of(row)
            for row in rows
        }

    async def hold_counters(
        self, keys: Sequence[CounterKey], now: datetime
    ) -> dict[tuple[str, str], Counter]:
        """Lock the counters, in one order, making those that are missing."""
        wanted = {(key.tenant_id, key.id): key for key in keys}
        if not wanted:
            return {}
        ordered = [wanted[name] for name in sorted(wanted)]
        held = await self._hold_counters(ordered, now)
        missing = [key for key in ordered if (key.tenant_id, key.id) not in held]
        if missing:
            await self._make_counters(missing, now)
            held = await self._hold_counters(ordered, now)
        return held

    async def find_snapshot(self, tenant_id: str, snapshot_id: str) -> Snapshot | None:
        """Return a snapshot."""
        row = await self._connection.fetchrow(statements.SNAPSHOT, tenant_id, snapshot_id)
        return None if row is None else snapshot_of(row)

    async def hold_reservations(self, keys: Sequence[StepKey]) -> Mapping[StepKey, Reservation]:
        """Lock reservations, in one order."""
        rows = await self._connection.fetch(
            statements.HOLD_RESERVATIONS, *_columns(sorted(set(keys)), 3)
        )
        reservations = [reservation_of(row) for row in rows]
        return {reservation.key: reservation for reservation in reservations}

    async def hold_known_counters(
        self, names: Iterable[tuple[str, str]], now: datetime
    ) -> dict[tuple[str, str], Counter]:
        """Lock counters that exist, in one order."""
        rows = await self._connection.fetch(
            statements.HOLD_KNOWN_COUNTERS, *_columns(sorted(set(names)), 2)
        )
        return {(row["tenant_id"], row["id"]): counter_of(row).brought_to(now) for row in rows}

    async def update_reservations(
        self, reservations: Sequence[Reservation], counters: Sequence[Counter]
    ) -> None:
        """Keep the new states of reservations and counters that are held."""
        if reservations:
            rows = [
                (item.tenant_id, item.run_id, item.step_id, item.state.value, item.settled)
                for item in reservations
            ]
            await self._connection.execute(statements.UPDATE_RESERVATIONS, *_columns(rows, 5))
        await self._update_counters(counters)

    async def widen_reservation(self, reservation: Reservation) -> None:
        """Keep what an open reservation, which is held, holds from now on."""
        await self._connection.execute(
            statements.WIDEN_RESERVATION, *reservation.key, holds_text(reservation)
        )

    async def write(self, written: Written) -> None:
        """Write everything that a batch leaves behind."""
        usual = [item for item in written.counters if not item.unusual]
        await self._connection.execute(
            statements.WRITE,
            *_decision_columns(written),
            written.decided_at,
            written.expires_at,
            [item.tenant_id for item in usual],
            [item.id for item in usual],
            [item.reserved for item in usual],
        )
        await self._update_counters([item for item in written.counters if item.unusual])
        for gate in written.gates:
            row = gate_row(gate)
            await self._connection.execute(
                statements.UPDATE_GATE, *(row[name] for name in statements.GATE_CHANGES)
            )
        await self._write_enforcements(written)
        if written.divergences:
            await self._connection.execute(
                statements.DIVERGENCES, *_columns(divergence_rows(written.divergences), 13)
            )
        if written.override_uses:
            await self._write_uses(written)

    def announce_step(self, event: StepEvent) -> None:
        """Let an event of a step leave with this transaction."""
        self._departures.send(self._encode(event))

    def announce_gate(self, gate: Gate, *, before: Gate, step: str, actor: Actor) -> None:
        """Let a change of a gate leave, and enter the ledger, with this transaction."""
        event = GateChanged(gate=gate, step=step)
        self._departures.send(self._encode(event))
        self._departures.record(entry_of(event, actor=actor, before=before))

    def log(self, entry: RunLogEntry) -> None:
        """Let a line enter a run's log with this transaction."""
        self._departures.log(entry)

    def record(self, entry: LedgerEntry) -> None:
        """Let an entry enter the ledger with this transaction."""
        self._departures.record(entry)

    async def commit(self) -> None:
        """Make everything durable."""
        await self._departures.commit()  # type: ignore[attr-defined]

    async def _hold_counters(
        self, keys: Sequence[CounterKey], now: datetime
    ) -> dict[tuple[str, str], Counter]:
        rows = await self._connection.fetch(
            statements.HOLD_COUNTERS, [key.tenant_id for key in keys], [key.id for key in keys]
        )
        held = (held_counter_of(row, keys[row[0] - 1]).brought_to(now) for row in rows)
        return {(counter.tenant_id, counter.id): counter for counter in held}

    async def _make_counters(self, keys: Sequence[CounterKey], now: datetime) -> None:
        # The cap in force is read and kept from changing until we are done: whoever lowers it
        # afterwards sees our counter.
        rows = []
        for key in keys:
            fresh = key.fresh(now)
            slices = "" if fresh.slices is None else json.dumps(fresh.slices)
            rows.append(
                (
                    key.tenant_id,
                    key.id,
                    key.policy_id,
                    key.limit_name,
                    key.shared,
                    key.window_seconds,
                    slices,
                    fresh.slice_at,
                )
            )
        await self._connection.execute(statements.KEEP_CAPS, *_columns(rows, 4)[::2])
        await self._connection.execute(statements.MAKE_COUNTERS, *_columns(rows, 8))

    async def _update_counters(self, counters: Sequence[Counter]) -> None:
        if counters:
            await self._connection.execute(statements.UPDATE_COUNTERS, *_counter_columns(counters))

    async def _write_uses(self, written: Written) -> None:
        """Keep each first use of an override by a run, and tell the ledger of it."""
        latest_first = reversed(written.override_uses)
        uses = {(use.override_id, use.decision.run_id): use for use in latest_first}
        rows = [
            (
                use.decision.tenant_id,
                use.override_id,
                use.decision.run_id,
                use.decision.step_id,
                use.decision.id,
                use.decision.decided_at,
            )
            for use in uses.values()
        ]
        for row in await self._connection.fetch(statements.OVERRIDE_USES, *_columns(rows, 6)):
            self._departures.record(uses[row["override_id"], row["run_id"]].entry)

    async def _write_enforcements(self, written: Written) -> None:
        rows = []
        for decision, scenario in written.enforcements:
            winner = decision.verdict.winner
            assert winner is not None
            details = {
                "value": winner.value,
                "threshold": winner.threshold,
                "detail": winner.detail,
                "decision_id": decision.id,
            }
            rows.append(
                (
                    decision.tenant_id,
                    new_id("enf"),
                    decision.run_id,
                    decision.step_id,
                    winner.policy_id,
                    winner.limit_name,
                    decision.verdict.action.name,
                    json.dumps(details),
                    decision.decided_at,
                    scenario,
                )
            )
        if rows:
            await self._connection.execute(statements.ENFORCEMENTS, *_columns(rows, 10))


def _columns(rows: Sequence[Sequence[Any]], width: int) -> Columns:
    if not rows:
        return [[] for _ in range(width)]
    return [list(column) for column in zip(*(row[:width] for row in rows), strict=True)]


def _decision_columns(written: Written) -> Columns:
    """What is decided and reserved, a list for each column."""
    rows, decisions = written.decisions, [row.decision for row in written.decisions]
    reserved = {item.key: item for item in written.reservations}
    holders = [reserved.get((one.tenant_id, one.run_id, one.step_id)) for one in decisions]
    return [
        [one.tenant_id for one in decisions],
        [one.run_id for one in decisions],
        [one.step_id for one in decisions],
        [one.gate_epoch for one in decisions],
        [one.id for one in decisions],
        [row.question_hash for row in rows],
        [int(one.verdict.action) for one in decisions],
        [row.inputs for row in rows],
        [row.answer for row in rows],
        ["" if holder is None else holds_text(holder) for holder in holders],
        ["" if holder is None else holder.kind.value for holder in holders],
    ]


def _counter_columns(counters: Sequence[Counter]) -> Columns:
    rows = [
        (
            item.tenant_id,
            item.id,
            item.used,
            item.reserved,
            item.tier_fired,
            item.frozen,
            "" if item.slices is None else json.dumps(item.slices),
            item.slice_at,
        )
        for item in counters
    ]
    return _columns(rows, 8)


def _governance(text: str | None, tenants: Iterable[str]) -> dict[str, GovernanceState]:
    states = {name: GovernanceState[state] for name, state in json.loads(text or "{}").items()}
    plane = states.get(PLANE_TENANT, GovernanceState.ACTIVE)
    return {
        tenant: in_force(states.get(tenant, GovernanceState.ACTIVE), plane) for tenant in tenants
    }


def _overrides(text: str | None) -> list[OpenOverride]:
    if not text:
        return []
    return [
        OpenOverride(**{**item, "scope_type": ScopeType(item["scope_type"])})
        for item in json.loads(text)
    ]


def stored_decision_of(row: Any) -> StoredDecision:
    """The decision that a row holds."""
    return StoredDecision(
        id=row["id"],
        run_id=row["run_id"],
        step_id=row["step_id"],
        gate_epoch=row["gate_epoch"],
        question_hash=row["question_hash"],
        action=row["action"],
        inputs=row["inputs"],
        answer=row["answer"],
        decided_at=row["decided_at"],
    )
