"""The composition root of the orchestrator: the only file that constructs things."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from aos.orchestrator.v1 import (
    entry_service_pb2,
    entry_service_pb2_grpc,
    run_service_pb2,
    run_service_pb2_grpc,
    saga_service_pb2,
    saga_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from kernel.identifiers import new_id
from kernel.principal import Principal
from servicekit.batching import Batcher
from servicekit.config import ConfigError
from servicekit.direct import DirectDatabase
from servicekit.failpoints import failpoint
from servicekit.foundation import Foundation
from servicekit.guard.boot_guard import GuardCheck
from servicekit.heartbeat import Heartbeat
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration, registration
from servicekit.unit_of_work import UnitsOfWork
from services.orchestrator.api.entry_service import EntryService
from services.orchestrator.api.event_messages import encode
from services.orchestrator.api.run_service import RunService
from services.orchestrator.api.saga_service import SagaService
from services.orchestrator.api.session_service import RunSessionService
from services.orchestrator.clients import (
    activity_desk,
    incidents_desk,
    key_exchange,
    logs_desk,
    plane_status,
    policies_desk,
    run_board,
    run_phases,
    start_desk,
    step_desk,
)
from services.orchestrator.clients.activity_desk import ActivityRuns
from services.orchestrator.clients.incidents_desk import IncidentsConclusions
from services.orchestrator.clients.key_exchange import KeyExchange
from services.orchestrator.clients.logs_desk import LogsRecords
from services.orchestrator.clients.peer import Peer
from services.orchestrator.clients.plane_status import SpineStatus
from services.orchestrator.clients.policies_desk import PoliciesGates
from services.orchestrator.clients.run_board import RunBoard
from services.orchestrator.clients.run_phases import RunPhases
from services.orchestrator.clients.start_desk import RunStart
from services.orchestrator.clients.step_desk import StepCalls, gate_now
from services.orchestrator.config import Settings
from services.orchestrator.domain.permit import PermitTerms
from services.orchestrator.store.saga_log import PostgresSagaLeases, PostgresSagaLog
from services.orchestrator.store.tables import KIT
from services.orchestrator.store.unit_of_work import OrchestratorUnitOfWork
from services.orchestrator.usecases.advance_sagas import AdvanceSagas
from services.orchestrator.usecases.completion_tasks import CompletionTasks
from services.orchestrator.usecases.desks import Desks
from services.orchestrator.usecases.open_sessions import OpenSessions
from services.orchestrator.usecases.ports import Checkpoint
from services.orchestrator.usecases.run_session import RunSession, SessionParts
from services.orchestrator.usecases.start_run import RunStarter
from services.orchestrator.workers import on_completion_parked, on_gate_changed
from services.orchestrator.workers.directive_feed import DirectiveFeed
from services.orchestrator.workers.saga_runner import SagaRunner

# Services without which no run is to begin, and what is asked of each.
_ASKED: dict[str, list[Iterable[ServiceDescriptor]]] = {
    "accounts": [start_desk.ACCOUNTS, key_exchange.CONTRACTS],
    "activity": [
        start_desk.ACTIVITY,
        activity_desk.CONTRACTS,
        run_board.ACTIVITY,
        run_phases.CONTRACTS,
        step_desk.ACTIVITY,
    ],
    "policies": [
        start_desk.POLICIES,
        policies_desk.CONTRACTS,
        run_board.POLICIES,
        step_desk.POLICIES,
    ],
    "incidents": [incidents_desk.CONTRACTS],
    "logs": [logs_desk.CONTRACTS],
}
# Silence that is longer than any round of a loop.
_SILENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What drives runs, shared by contracts, loops and reactions."""

    units_of_work: UnitsOfWork[OrchestratorUnitOfWork]
    peers: dict[str, Peer]
    desks: Desks
    steps: StepCalls
    sessions: OpenSessions
    starter: RunStarter
    terms: PermitTerms
    runner: SagaRunner
    advance: AdvanceSagas
    checkpoints: Batcher[Checkpoint, None]
    direct: DirectDatabase

    async def stop(self) -> None:
        """Let each completion come to a checkpoint, and hang up."""
        await self.advance.drain()
        await self.steps.close()
        await self.checkpoints.close()
        await self.direct.close()
        for peer in self.peers.values():
            await peer.channel.close()


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct the orchestrator on its foundation.

    Raises:
        ConfigError: the settings contradict each other.
    """
    if settings.saga_lease_seconds < 2 * settings.saga_task_seconds:
        raise ConfigError("AOS_SAGA_LEASE_SECONDS must be at least twice AOS_SAGA_TASK_SECONDS.")
    engine = _engine(foundation, settings)
    spine = SpineStatus({name: peer.channel for name, peer in engine.peers.items()})
    feed = DirectiveFeed(
        bus=foundation.bus,
        notice=engine.sessions.notice,
        look=engine.sessions,
        gate_now=gate_now,
    )
    return ServiceParts(
        units_of_work=engine.units_of_work,
        registrations=_contracts(foundation, engine),
        handlers={
            on_gate_changed.CONSUMER: on_gate_changed.on_gate_changed(
                phases=RunPhases(engine.peers["activity"]),
                look=engine.steps.gates,
                grace=timedelta(seconds=settings.stop_grace_seconds),
            ),
            on_completion_parked.CONSUMER: on_completion_parked.on_completion_parked(
                engine.desks.incidents
            ),
        },
        checks=[
            *(
                GuardCheck(name=f"spine/{name}", prove=partial(spine.problem_of, name))
                for name in engine.peers
            ),
            GuardCheck(
                name="completions", prove=partial(_silence, "completions", engine.runner.heartbeat)
            ),
            GuardCheck(name="directives", prove=partial(_silence, "directives", feed.heartbeat)),
        ],
        loops={
            "saga_runner": engine.runner.run,
            "directives": feed.run,
            "directives_heard": feed.hear,
        },
        on_stop=engine.stop,
    )


async def _silence(name: str, heartbeat: Heartbeat) -> str | None:
    if heartbeat.age < _SILENCE_SECONDS:
        return None
    return f"The loop of {name} has given no sign of life for {heartbeat.age:.0f} seconds."


def _engine(foundation: Foundation, settings: Settings) -> _Engine:
    peers = {
        name: Peer(
            name=name,
            channel=foundation.channel(
                name,
                [*plane_status.CONTRACTS, *(one for group in asked for one in group)],
            ),
            signer=foundation.signer,
        )
        for name, asked in _ASKED.items()
    }
    desks = Desks(
        activity=ActivityRuns(peers["activity"]),
        policies=PoliciesGates(peers["policies"]),
        logs=LogsRecords(peers["logs"]),
        incidents=IncidentsConclusions(peers["incidents"]),
    )
    direct = DirectDatabase(url=settings.database_url.value, service=settings.service)
    log = PostgresSagaLog(direct, seconds=settings.saga_lease_seconds, encode=encode)
    checkpoints: Batcher[Checkpoint, None] = Batcher(log, name="checkpoints", concurrency=2)
    advance = AdvanceSagas(
        take=PostgresSagaLeases(
            foundation.database, holder=new_id("orc"), seconds=settings.saga_lease_seconds
        ),
        keep=checkpoints.submit,
        tasks=CompletionTasks(desks),
        clock=foundation.clock,
        chance=random.random,
        places=settings.saga_places,
        lease_seconds=settings.saga_lease_seconds,
        task_seconds=settings.saga_task_seconds,
        failpoint=failpoint,
    )
    runner = SagaRunner(advance=advance)
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: OrchestratorUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    steps = StepCalls(activity=peers["activity"], policies=peers["policies"])
    return _Engine(
        units_of_work=units_of_work,
        peers=peers,
        desks=desks,
        steps=steps,
        sessions=OpenSessions(steps),
        starter=RunStarter(
            units_of_work=units_of_work,
            desk=RunStart(
                accounts=peers["accounts"], activity=peers["activity"], policies=peers["policies"]
            ),
            clock=foundation.clock,
            audit_durability=settings.audit_durability,
            on_completion=runner.hint,
        ),
        terms=PermitTerms(seconds=settings.permit_seconds),
        runner=runner,
        advance=advance,
        checkpoints=checkpoints,
        direct=direct,
    )


def _contracts(foundation: Foundation, engine: _Engine) -> list[Registration]:
    peers = engine.peers
    kit: dict[str, Any] = {
        "units_of_work": engine.units_of_work,
        "mutations": Mutations(units_of_work=engine.units_of_work, gate=foundation.audit),
    }
    parts = SessionParts(
        units_of_work=engine.units_of_work,
        start_run=engine.starter,
        desk=engine.steps,
        terms=engine.terms,
        on_completion=engine.runner.hint,
    )

    def make_session(principal: Principal, session_id: str) -> RunSession:
        return RunSession(parts=parts, principal=principal, session_id=session_id)

    return [
        registration(
            run_service_pb2,
            run_service_pb2_grpc,
            RunService(
                **kit,
                start_run=engine.starter,
                board=RunBoard(activity=peers["activity"], policies=peers["policies"]),
                terms=engine.terms,
                on_completion=engine.runner.hint,
            ),
        ),
        registration(
            session_service_pb2,
            session_service_pb2_grpc,
            RunSessionService(make_session=make_session, sessions=engine.sessions),
        ),
        registration(
            saga_service_pb2,
            saga_service_pb2_grpc,
            SagaService(**kit, page_tokens=foundation.page_tokens),
        ),
        registration(
            entry_service_pb2,
            entry_service_pb2_grpc,
            EntryService(exchange=KeyExchange(peers["accounts"])),
        ),
    ]
