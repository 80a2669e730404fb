"""The composition root of the orchestrator: the only file that constructs things."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from aos.orchestrator.v1 import (
    entry_service_pb2,
    evidence_service_pb2,
    run_service_pb2,
    saga_service_pb2,
    session_service_pb2,
)
from kernel.identifiers import new_id
from kernel.principal import Principal
from servicekit.batching import Batcher
from servicekit.direct import DirectDatabase
from servicekit.failpoints import failpoint
from servicekit.foundation import Foundation
from servicekit.guard.boot_guard import GuardCheck
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration, registration
from servicekit.threads import Threads
from servicekit.unit_of_work import UnitsOfWork
from services.orchestrator.api.entry_service import EntryService
from services.orchestrator.api.event_messages import encode
from services.orchestrator.api.evidence_service import RunEvidenceService
from services.orchestrator.api.run_service import RunService
from services.orchestrator.api.saga_service import SagaService
from services.orchestrator.api.session_service import RunSessionService
from services.orchestrator.clients.activity_desk import ActivityRuns
from services.orchestrator.clients.asked import open_peers
from services.orchestrator.clients.audit_desk import RunAudits
from services.orchestrator.clients.chain_reading import read_chain
from services.orchestrator.clients.evidence_desk import DomainEvidence, EvidencePeers
from services.orchestrator.clients.foresight import PoliciesForesight
from services.orchestrator.clients.incidents_desk import IncidentsConclusions
from services.orchestrator.clients.key_exchange import KeyExchange
from services.orchestrator.clients.logs_desk import LogsRecords
from services.orchestrator.clients.managed_desk import ManagedDesk
from services.orchestrator.clients.peer import Peer
from services.orchestrator.clients.plane_status import SpineStatus
from services.orchestrator.clients.policies_desk import PoliciesGates
from services.orchestrator.clients.proof_desk import DomainProofs
from services.orchestrator.clients.run_board import RunBoard
from services.orchestrator.clients.run_census import RunCensus
from services.orchestrator.clients.run_phases import RunPhases
from services.orchestrator.clients.scripted_models import NAME, ScriptedModels, configured_rules
from services.orchestrator.clients.start_desk import RunStart
from services.orchestrator.clients.step_desk import StepCalls, gate_now
from services.orchestrator.config import Settings
from services.orchestrator.domain.permit import PermitTerms
from services.orchestrator.store.audits import PostgresAuditTenants
from services.orchestrator.store.database_clock import DatabaseClock
from services.orchestrator.store.holder_renewals import PostgresRenewals
from services.orchestrator.store.open_runs import PostgresOpenRuns
from services.orchestrator.store.run_leases import PostgresRunLeases
from services.orchestrator.store.saga_log import PostgresSagaLeases, PostgresSagaLog
from services.orchestrator.store.tables import KIT
from services.orchestrator.store.unit_of_work import OrchestratorUnitOfWork
from services.orchestrator.usecases.advance_sagas import AdvanceSagas
from services.orchestrator.usecases.audit_incidents import AuditIncidents
from services.orchestrator.usecases.audit_links import AuditLinks
from services.orchestrator.usecases.audit_round import AuditParts
from services.orchestrator.usecases.completion_tasks import CompletionTasks
from services.orchestrator.usecases.desks import Desks
from services.orchestrator.usecases.execute_run import RunParts
from services.orchestrator.usecases.execute_step import Workshop
from services.orchestrator.usecases.explain_run import RunExplainer
from services.orchestrator.usecases.find_lost_runs import FindLostRuns, Tenants
from services.orchestrator.usecases.foresee_runs import RunForesight
from services.orchestrator.usecases.gather_evidence import EvidenceGatherer
from services.orchestrator.usecases.open_sessions import OpenSessions
from services.orchestrator.usecases.ports import Checkpoint
from services.orchestrator.usecases.prove_run import Prover
from services.orchestrator.usecases.reconcile_contracts import ReconcileContracts
from services.orchestrator.usecases.run_session import RunSession, SessionParts
from services.orchestrator.usecases.skill_works import SkillWorks, skill_works
from services.orchestrator.usecases.start_run import RunStarter
from services.orchestrator.usecases.tend_queue import TendQueue
from services.orchestrator.usecases.work_runs import WorkRuns
from services.orchestrator.workers.directive_feed import DirectiveFeed
from services.orchestrator.workers.reactor import reactions
from services.orchestrator.workers.run_jobs import Audit, run_jobs
from services.orchestrator.workers.run_worker import RunWorker, tell_fault
from services.orchestrator.workers.saga_runner import SagaRunner
from services.orchestrator.workers.signs_of_life import signs_of_life

# Proofs that hash at the same time, and how long a page of them may take.
_HASHING, _HASHING_SECONDS = 4, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Completions:
    """What works on completions."""

    runner: SagaRunner
    advance: AdvanceSagas
    checkpoints: Batcher[Checkpoint, None]
    direct: DirectDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What drives runs, shared by contracts, loops and reactions."""

    units_of_work: UnitsOfWork[OrchestratorUnitOfWork]
    peers: dict[str, Peer]
    desks: Desks
    steps: StepCalls
    sessions: OpenSessions
    starter: RunStarter
    foresee: RunForesight
    terms: PermitTerms
    completions: _Completions
    works: SkillWorks
    worker: RunWorker
    clock: DatabaseClock

    async def stop(self) -> None:
        """Put managed runs back, let each completion come to a checkpoint, and hang up."""
        await self.worker.work.drain()
        await self.completions.advance.drain()
        await self.steps.close()
        await self.completions.checkpoints.close()
        await self.completions.direct.close()
        for peer in self.peers.values():
            await peer.channel.close()


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct the orchestrator on its foundation.

    Raises:
        ConfigError: the settings contradict each other.
    """
    settings.require_consistency()
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
        handlers=reactions(
            activity=RunPhases(engine.peers["activity"]),
            look=engine.steps.gates,
            incidents=engine.desks.incidents,
            grace=timedelta(seconds=settings.stop_grace_seconds),
        ),
        checks=[
            *spine.checks(),
            GuardCheck(name="skills", prove=engine.works.ungoverned),
            *signs_of_life(
                {
                    "completions": engine.completions.runner.heartbeat,
                    "directives": feed.heartbeat,
                    "database_clock": engine.clock.heartbeat,
                    **engine.worker.heartbeats,
                }
            ),
        ],
        loops={
            "saga_runner": engine.completions.runner.run,
            "directives": feed.run,
            "directives_heard": feed.hear,
            "database_clock": engine.clock.run,
            **engine.worker.loops,
        },
        jobs=_jobs(foundation, settings, engine),
        on_stop=engine.stop,
    )


def _jobs(foundation: Foundation, settings: Settings, engine: _Engine) -> list[Job]:
    open_runs = PostgresOpenRuns(foundation.database)
    find = FindLostRuns(
        units_of_work=engine.units_of_work,
        uncompleted=open_runs.uncompleted,
        tenants=open_runs.tenants,
        look=engine.steps.gates,
        census=RunCensus(engine.peers["activity"]),
        clock=engine.clock,
        silence=timedelta(seconds=settings.stale_seconds),
        orphaned_after=timedelta(seconds=settings.orphan_seconds),
        on_completion=engine.completions.runner.hint,
    )
    return run_jobs(
        find=find,
        search_seconds=settings.search_seconds,
        audits=_audits(foundation, settings, engine, open_runs.tenants),
        audit_seconds=settings.audit_seconds,
    )


def _audits(
    foundation: Foundation, settings: Settings, engine: _Engine, tenants: Tenants
) -> dict[str, Audit]:
    desk = RunAudits(
        peers=engine.peers,
        evidence=DomainEvidence(EvidencePeers.among(engine.peers)),
        activity=engine.desks.activity,
    )
    due = PostgresAuditTenants(foundation.database)
    parts = AuditParts(units_of_work=engine.units_of_work, desk=desk, desks=engine.desks)
    after = timedelta(seconds=settings.audit_after_seconds)
    return {
        "reconcile_contracts": ReconcileContracts(parts, tenants=due, after=after),
        "audit_links": AuditLinks(
            parts, tenants=due, incidents=AuditIncidents(parts, tenants=tenants)
        ),
    }


def _completions(
    foundation: Foundation, settings: Settings, desks: Desks, clock: DatabaseClock
) -> _Completions:
    direct = DirectDatabase(url=settings.database_url.value, service=settings.service)
    log = PostgresSagaLog(direct, seconds=settings.saga_lease_seconds, encode=encode)
    checkpoints: Batcher[Checkpoint, None] = Batcher(log, name="checkpoints", concurrency=2)
    advance = AdvanceSagas(
        take=PostgresSagaLeases(
            foundation.database, holder=new_id("orc"), seconds=settings.saga_lease_seconds
        ),
        keep=checkpoints.submit,
        tasks=CompletionTasks(desks),
        clock=clock,
        chance=random.random,
        places=settings.saga_places,
        lease_seconds=settings.saga_lease_seconds,
        task_seconds=settings.saga_task_seconds,
        failpoint=failpoint,
    )
    return _Completions(
        runner=SagaRunner(advance=advance), advance=advance, checkpoints=checkpoints, direct=direct
    )


def _engine(foundation: Foundation, settings: Settings) -> _Engine:
    peers = open_peers(foundation.channel, foundation.signer)
    clock = DatabaseClock(foundation.database)
    desks = Desks(
        activity=ActivityRuns(peers["activity"]),
        policies=PoliciesGates(peers["policies"]),
        logs=LogsRecords(peers["logs"]),
        incidents=IncidentsConclusions(peers["incidents"]),
    )
    completions = _completions(foundation, settings, desks, clock)
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: OrchestratorUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    steps = StepCalls(activity=peers["activity"], policies=peers["policies"])
    sessions, terms = OpenSessions(steps), PermitTerms(seconds=settings.permit_seconds)
    desk = ManagedDesk(steps=steps, activity=peers["activity"], policies=peers["policies"])
    works = skill_works(
        settings.profile,
        providers={NAME: ScriptedModels(configured_rules(settings.scripted_answers))},
        desk=desk,
        planner_model=settings.planner_model,
    )
    workshop = Workshop(
        desk=desk,
        works=works,
        clock=clock,
        skill_seconds=settings.skill_seconds,
        failpoint=failpoint,
    )
    parts = partial(RunParts, units_of_work=units_of_work, workshop=workshop, terms=terms)
    worker = _worker(
        foundation, settings, sessions, partial(parts, on_completion=completions.runner.hint)
    )
    start_desk = RunStart(
        accounts=peers["accounts"], activity=peers["activity"], policies=peers["policies"]
    )
    return _Engine(
        units_of_work=units_of_work,
        peers=peers,
        desks=desks,
        steps=steps,
        sessions=sessions,
        foresee=RunForesight(
            units_of_work=units_of_work,
            works=works,
            desk=start_desk,
            foresight=PoliciesForesight(peers["policies"]),
        ),
        starter=RunStarter(
            units_of_work=units_of_work,
            desk=start_desk,
            clock=clock,
            audit_durability=settings.audit_durability,
            on_completion=completions.runner.hint,
            skills=works.skills,
            on_queued=worker.hint,
        ),
        terms=terms,
        completions=completions,
        works=works,
        worker=worker,
        clock=clock,
    )


def _worker(
    foundation: Foundation,
    settings: Settings,
    sessions: OpenSessions,
    parts_of: Callable[..., RunParts],
) -> RunWorker:
    # Whatever waits in the queue gives signs of life in good time.
    lease, alive = settings.run_lease_seconds, settings.stale_seconds / 4
    parts = parts_of(worker_id=str(uuid.uuid4()), steps_at_once=settings.run_steps_at_once)
    leases = PostgresRunLeases(
        foundation.database, holder=parts.worker_id, seconds=lease, beat_seconds=alive
    )
    work = WorkRuns(
        leases=leases,
        parts=parts,
        sessions=sessions,
        places=settings.run_places,
        lease_seconds=lease,
        on_fault=tell_fault,
    )
    tend = TendQueue(leases=leases, desk=parts.workshop.desk)
    beat_seconds = min(parts.terms.beat_every.total_seconds(), lease / 3)
    return RunWorker(work=work, tend=tend, beat_seconds=beat_seconds)


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
        renew=Batcher(PostgresRenewals(engine.completions.direct), name="renewals").submit,
        terms=engine.terms,
        on_completion=engine.completions.runner.hint,
    )

    def make_session(principal: Principal, session_id: str) -> RunSession:
        return RunSession(parts=parts, principal=principal, session_id=session_id)

    return [
        registration(
            run_service_pb2,
            RunService(
                **kit,
                start_run=engine.starter,
                board=RunBoard(activity=peers["activity"], policies=peers["policies"]),
                foresee=engine.foresee,
                accepts_runs=lambda: not foundation.guard.problems(),
                terms=engine.terms,
                on_completion=engine.completions.runner.hint,
            ),
        ),
        registration(
            session_service_pb2,
            RunSessionService(make_session=make_session, sessions=engine.sessions),
        ),
        registration(saga_service_pb2, SagaService(**kit, page_tokens=foundation.page_tokens)),
        registration(entry_service_pb2, EntryService(exchange=KeyExchange(peers["accounts"]))),
        registration(evidence_service_pb2, _evidence_service(engine)),
    ]


def _evidence_service(engine: _Engine) -> RunEvidenceService:
    peers = EvidencePeers.among(engine.peers)
    desk = DomainEvidence(peers)
    proofs = DomainProofs(peers, desk)
    threads = Threads(name="proofs", places=_HASHING)
    gather = EvidenceGatherer(units_of_work=engine.units_of_work, desk=desk)
    return RunEvidenceService(
        gather=gather,
        prove=Prover(
            units_of_work=engine.units_of_work,
            desk=proofs,
            beside=partial(threads.run, seconds=_HASHING_SECONDS),
        ),
        explain=RunExplainer(gather=gather, desk=desk, read=read_chain),
        replays=proofs,
    )
