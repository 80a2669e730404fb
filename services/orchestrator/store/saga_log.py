"""The log of running sagas: who may work on which, and what each step came to.

A checkpoint is one statement for each table, whatever the number of sagas in it, and writes only
where the epoch of the lease is still the writer's own.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import SagaId
from kernel.ledger import entry_of
from kernel.principal import Actor, ActorType
from servicekit.database import Database
from servicekit.departures import OutgoingEvent
from servicekit.direct import DirectDatabase
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.domain.events import CompletionFinished, CompletionParked, SagaEvent
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.store.rows import contract_of, saga_of
from services.orchestrator.usecases.ports import Checkpoint, LeasedSaga

_PURPOSE = "sagas"
_ITSELF = Actor(type=ActorType.SERVICE, id="service:orchestrator")

_TAKE = text(
    """
    UPDATE sagas SET lease_epoch = lease_epoch + 1, lease_holder = :holder,
      lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM sagas
      WHERE state IN ('RUNNING', 'COMPENSATING') AND retry_at <= clock_timestamp()
        AND lease_until <= clock_timestamp()
      ORDER BY retry_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)
_OUTCOMES = text(
    """
    SELECT saga_id, name, outcome FROM saga_steps
    WHERE (tenant_id, saga_id, round) IN (
      SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:rounds AS int[]))
    ) AND NOT compensation
    """
)
_CONTRACTS = text(
    """
    SELECT * FROM run_contracts WHERE (tenant_id, run_id) IN (
      SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:runs AS text[]))
    )
    """
)
# A lease is renewed with each checkpoint and let go where the saga has to wait.
_ADVANCE = """
UPDATE sagas AS saga SET state = new.state, position = new.position, round = new.round,
  attempts = new.attempts, last_error = new.last_error, updated_at = new.updated_at,
  retry_at = new.retry_at, finished_at = new.finished_at, revision = new.revision,
  lease_until = CASE WHEN new.keep THEN clock_timestamp() + make_interval(secs => $13)
    ELSE clock_timestamp() END
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::int[],
            $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[],
            $14::boolean[])
  AS new (tenant_id, id, epoch, state, position, round, attempts, last_error, updated_at, retry_at,
          finished_at, revision, keep)
WHERE saga.tenant_id = new.tenant_id AND saga.id = new.id AND saga.lease_epoch = new.epoch
RETURNING saga.tenant_id, saga.id
"""
_KEEP_STEPS = """
INSERT INTO saga_steps (tenant_id, saga_id, round, name, compensation, attempts, outcome,
                        completed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::boolean[], $6::int[],
                     $7::jsonb[], $8::timestamptz[])
"""
_ACKNOWLEDGE = """
INSERT INTO contract_acks (tenant_id, run_id, expectation, reference, acknowledged_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING
"""
_CLOSE = """
UPDATE run_contracts AS contract SET closed_at = clock_timestamp(), revision = revision + 1
FROM unnest($1::text[], $2::text[]) AS done (tenant_id, run_id)
WHERE contract.tenant_id = done.tenant_id AND contract.run_id = done.run_id
  AND contract.closed_at IS NULL
"""

_EVENTS: dict[SagaState, type[CompletionFinished | CompletionParked]] = {
    SagaState.FINISHED: CompletionFinished,
    SagaState.PARKED: CompletionParked,
}


class PostgresSagaLeases:
    """Hands out sagas that nobody works on, of all tenants."""

    def __init__(self, database: Database, *, holder: str, seconds: float) -> None:
        self._database = database
        self._holder = holder
        self._seconds = seconds

    async def __call__(self, limit: int) -> Sequence[LeasedSaga]:
        """Take the ones that are due for longest; each is this process's until its lease ends."""
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            taken = await connection.execute(
                _TAKE, {"holder": self._holder, "seconds": self._seconds, "limit": limit}
            )
            rows = taken.mappings().all()
            leased = await _with_what_is_known(rows, connection) if rows else []
            await connection.commit()
        return leased


async def _with_what_is_known(rows: Sequence[Any], connection: AsyncConnection) -> list[LeasedSaga]:
    tenants = [row["tenant_id"] for row in rows]
    of_sagas = {"ids": [row["id"] for row in rows], "rounds": [row["round"] for row in rows]}
    outcomes: dict[str, dict[str, Any]] = {row["id"]: {} for row in rows}
    for step in await connection.execute(_OUTCOMES, {"tenants": tenants, **of_sagas}):
        outcomes[step.saga_id][step.name] = step.outcome
    of_runs = {"tenants": tenants, "runs": [row["run_id"] for row in rows]}
    found = (await connection.execute(_CONTRACTS, of_runs)).mappings()
    contracts = {row["run_id"]: contract_of(row) for row in found}
    return [
        LeasedSaga(
            saga=saga_of(row),
            contract=contracts[row["run_id"]],
            epoch=row["lease_epoch"],
            outcomes=outcomes[row["id"]],
        )
        for row in rows
    ]


class PostgresSagaLog:
    """Writes checkpoints, many in one commit."""

    def __init__(self, database: DirectDatabase, *, seconds: float, encode: Any) -> None:
        self._database = database
        self._seconds = seconds
        self._encode = encode

    async def __call__(self, checkpoints: Sequence[Checkpoint]) -> list[Exception | None]:
        """Write them; one whose lease is somebody else's by now is told so and writes nothing."""
        tenants = sorted({one.saga.tenant_id for one in checkpoints})
        async with self._database.transaction(*tenants) as transaction:
            rows = await transaction.connection.fetch(_ADVANCE, *self._advance(checkpoints))
            kept = {(row["tenant_id"], row["id"]) for row in rows}
            written = [one for one in checkpoints if (one.saga.tenant_id, one.saga.id) in kept]
            await _keep(transaction.connection, written)
            for one in written:
                self._announce(one, transaction)
            await transaction.commit()
        return [
            None if (one.saga.tenant_id, one.saga.id) in kept else _lost(one.saga.id)
            for one in checkpoints
        ]

    def _advance(self, checkpoints: Sequence[Checkpoint]) -> list[Any]:
        sagas = [one.saga for one in checkpoints]
        return [
            [saga.tenant_id for saga in sagas],
            [saga.id for saga in sagas],
            [one.epoch for one in checkpoints],
            [saga.state.value for saga in sagas],
            [saga.position for saga in sagas],
            [saga.round for saga in sagas],
            [saga.attempts for saga in sagas],
            [saga.last_error for saga in sagas],
            [saga.updated_at for saga in sagas],
            [saga.retry_at for saga in sagas],
            [saga.finished_at for saga in sagas],
            [saga.revision for saga in sagas],
            self._seconds,
            [one.keeps_lease for one in checkpoints],
        ]

    def _announce(self, checkpoint: Checkpoint, transaction: Any) -> None:
        event_type = _EVENTS.get(checkpoint.saga.state)
        if event_type is None:
            return
        event: SagaEvent = event_type(saga=checkpoint.saga)
        outgoing: OutgoingEvent = self._encode(event)
        transaction.send(outgoing)
        transaction.record(entry_of(event, actor=_ITSELF))


async def _keep(connection: Any, checkpoints: Sequence[Checkpoint]) -> None:
    steps = [
        (
            one.saga.tenant_id,
            one.saga.id,
            done.round,
            done.name,
            done.compensation,
            done.attempts,
            json.dumps(done.outcome),
            one.saga.updated_at,
        )
        for one in checkpoints
        for done in one.done
    ]
    acks = [
        (one.saga.tenant_id, one.saga.run_id, ack.expectation.value, ack.reference, ack.at)
        for one in checkpoints
        for ack in one.acknowledged
    ]
    closed = [
        (one.saga.tenant_id, one.saga.run_id)
        for one in checkpoints
        if one.saga.state is SagaState.FINISHED
    ]
    for statement, rows in ((_KEEP_STEPS, steps), (_ACKNOWLEDGE, acks), (_CLOSE, closed)):
        if rows:
            await connection.execute(
                statement, *(list(column) for column in zip(*rows, strict=True))
            )


def _lost(saga_id: SagaId) -> LeaseLost:
    return LeaseLost(f"Somebody else works on {saga_id} by now.", metadata={"saga_id": saga_id})
