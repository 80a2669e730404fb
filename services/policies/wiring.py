"""The composition root of policies: the only file that constructs things."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aos.policies.v1 import (
    admission_service_pb2,
    decision_log_service_pb2,
    enforcement_service_pb2,
    gate_service_pb2,
    governance_service_pb2,
    lesson_service_pb2,
    override_service_pb2,
    policy_service_pb2,
    prevention_service_pb2,
    proposal_service_pb2,
    rollout_service_pb2,
)
from kernel.profile import Profile
from servicekit.batching import Batcher
from servicekit.config import ConfigError
from servicekit.direct import DirectDatabase
from servicekit.foundation import Foundation
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.plugs import plugged_in
from servicekit.server import Registration, registration
from servicekit.threads import Threads
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.admission_service import AdmissionService
from services.policies.api.decision_log_service import DecisionLogService
from services.policies.api.decision_messages import decode
from services.policies.api.decision_messages import encode as encode_decision
from services.policies.api.enforcement_service import EnforcementService
from services.policies.api.event_messages import encode
from services.policies.api.gate_service import GateService
from services.policies.api.governance_service import GovernanceService
from services.policies.api.lesson_service import LessonService
from services.policies.api.override_service import OverrideService
from services.policies.api.policy_service import PolicyService
from services.policies.api.prevention_service import PreventionService
from services.policies.api.proposal_service import ProposalService
from services.policies.api.rollout_service import RolloutService
from services.policies.clients.safety_classifier import TimedClassifier
from services.policies.config import Settings
from services.policies.domain.content import detect
from services.policies.domain.profile import contradictions
from services.policies.store.admission import PostgresAdmission
from services.policies.store.due_reservations import PostgresDueReservations
from services.policies.store.governance import PostgresOverdueSwitches
from services.policies.store.known_gates import KnownGates
from services.policies.store.overrides import PostgresDueOverrides
from services.policies.store.planes import NoPlanes
from services.policies.store.tables import KIT
from services.policies.store.unchecked_runs import PostgresUncheckedRuns
from services.policies.store.unit_of_work import PoliciesUnitOfWork
from services.policies.usecases.admit_despite_outage import AdmitDespiteOutage
from services.policies.usecases.admit_inspected import AdmitInspected
from services.policies.usecases.admit_steps import AdmitSteps, AskedStep
from services.policies.usecases.check_run import RunChecker
from services.policies.usecases.check_running_runs import CheckRunningRuns
from services.policies.usecases.decide_output import DecideOutput
from services.policies.usecases.expire_reservations import ExpireReservations
from services.policies.usecases.inspect_content import Inspector
from services.policies.usecases.inspect_output import InspectOutput
from services.policies.usecases.open_run import RunOpener
from services.policies.usecases.override_policies import ExpireOverrides
from services.policies.usecases.programs import Programs
from services.policies.usecases.run_programs import RunPrograms
from services.policies.usecases.settle_steps import Settled, SettleSteps, UsedStep
from services.policies.usecases.switch_governance import RestoreGovernance
from services.policies.workers import on_incident_created, on_tenant_created
from services.policies.workers.mid_execution import MidExecution
from services.policies.workers.reservation_ticker import EVERY_SECONDS

# More than this in one commit would make the first caller wait longer than the commit costs.
_BATCH = 128
# Half of what 64 callers have under way: while one half is on disk, the other is taken in.
_WORTHWHILE = 32

# Detectors hold the interpreter while they look, so one thread does as much as several; classifiers
# wait for somebody else.
_DETECTORS, _CLASSIFIERS = 1, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What decides, shared by several contracts."""

    programs: Programs
    admission: Batcher[AskedStep, bytes]
    inspector: Inspector
    decide_output: DecideOutput
    settlement: Batcher[UsedStep, Settled]
    direct: DirectDatabase
    expire: ExpireReservations

    async def stop(self) -> None:
        """Finish what is waiting, then let go of the connections."""
        await self.admission.close()
        await self.settlement.close()
        await self.direct.close()


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct policies on its foundation.

    Raises:
        ConfigError: the settings contradict each other (INV-004).
    """
    for contradiction in contradictions(
        settings.governance_profile, mid_execution_checks=settings.mid_execution_checks
    ):
        raise ConfigError(contradiction)
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: PoliciesUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    engine = _engine(foundation, settings)
    mid_execution = MidExecution(
        check=CheckRunningRuns(
            unchecked=PostgresUncheckedRuns(foundation.database),
            units_of_work=units_of_work,
            check=RunChecker(programs=engine.programs),
        ),
        every_seconds=settings.mid_execution_seconds,
        is_enabled=settings.mid_execution_checks,
    )
    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            *_contracts(foundation, settings, units_of_work, engine),
            *_contracts_of_people(foundation, units_of_work),
        ],
        handlers={
            on_tenant_created.CONSUMER: on_tenant_created.on_tenant_created,
            on_incident_created.CONSUMER: on_incident_created.on_incident_created,
            "policies-on-policy-change": mid_execution.on_policy_change,
        },
        loops={"mid_execution": mid_execution.run},
        jobs=[
            Job(name="expire_reservations", every_seconds=EVERY_SECONDS, work=engine.expire),
            *_jobs_of_people(foundation, units_of_work),
        ],
        on_stop=engine.stop,
    )


def _engine(foundation: Foundation, settings: Settings) -> _Engine:
    direct = DirectDatabase(url=settings.database_url.value, service=settings.service)

    known_gates = KnownGates()

    @asynccontextmanager
    async def open_admission(*tenants: str) -> AsyncIterator[PostgresAdmission]:
        async with direct.transaction(*tenants) as transaction:
            yield PostgresAdmission(
                transaction.connection, transaction, encode=encode, known_gates=known_gates
            )

    programs = Programs()
    admit = AdmitSteps(
        open_admission=open_admission,
        programs=programs,
        encode=encode_decision,
        reservation_lifetime=timedelta(seconds=settings.reservation_seconds),
    )
    return _Engine(
        programs=programs,
        inspector=_inspector(foundation, settings),
        decide_output=DecideOutput(
            open_admission=open_admission, encode=encode_decision, decode=decode
        ),
        admission=Batcher(
            AdmitDespiteOutage(
                admit=admit,
                last_seen=known_gates.last_seen,
                encode=encode_decision,
                clock=foundation.clock,
            ),
            name="admission",
            maximum_items=_BATCH,
            worthwhile_items=_WORTHWHILE,
        ),
        settlement=Batcher(
            SettleSteps(open_admission=open_admission), name="settlement", maximum_items=_BATCH
        ),
        direct=direct,
        expire=ExpireReservations(
            due=PostgresDueReservations(foundation.database), open_admission=open_admission
        ),
    )


def _inspector(foundation: Foundation, settings: Settings) -> Inspector:
    return Inspector(
        detect=detect,
        beside=Threads(name="detectors", places=_DETECTORS).run,
        clock=foundation.clock,
        seconds=settings.detector_seconds,
        classify=TimedClassifier(
            classifier=plugged_in(settings.safety_classifier, setting="AOS_SAFETY_CLASSIFIER"),
            threads=Threads(name="safety", places=_CLASSIFIERS),
            seconds=settings.safety_seconds,
        ),
    )


def _contracts(
    foundation: Foundation,
    settings: Settings,
    units_of_work: UnitsOfWork[PoliciesUnitOfWork],
    engine: _Engine,
) -> list[Registration]:
    profile = Profile(settings.governance_profile)
    run_programs = RunPrograms(units_of_work=units_of_work, programs=engine.programs)
    kit: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
        "clock": foundation.clock,
    }
    opener = RunOpener(
        programs=engine.programs,
        encode=encode_decision,
        allow_without_policies=profile.allows_runs_without_policies,
    )
    return [
        registration(
            policy_service_pb2,
            PolicyService(**kit, page_tokens=foundation.page_tokens, planes=NoPlanes()),
        ),
        registration(
            rollout_service_pb2,
            RolloutService(**kit, page_tokens=foundation.page_tokens, planes=NoPlanes()),
        ),
        registration(
            gate_service_pb2,
            GateService(**kit, open_run=opener, check_run=RunChecker(programs=engine.programs)),
        ),
        registration(
            admission_service_pb2,
            AdmissionService(
                admission=AdmitInspected(
                    decide=engine.admission.submit,
                    run_programs=run_programs,
                    inspector=engine.inspector,
                ),
                inspect_output=InspectOutput(
                    run_programs=run_programs,
                    inspector=engine.inspector,
                    decide=engine.decide_output,
                ),
                settlement=engine.settlement,
                audit=foundation.audit,
            ),
        ),
        registration(
            decision_log_service_pb2,
            DecisionLogService(
                units_of_work=units_of_work,
                page_tokens=foundation.page_tokens,
                programs=engine.programs,
            ),
        ),
    ]


def _contracts_of_people(
    foundation: Foundation, units_of_work: UnitsOfWork[PoliciesUnitOfWork]
) -> list[Registration]:
    """What people decide besides the policies themselves."""
    paged: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
        "page_tokens": foundation.page_tokens,
    }
    return [
        registration(governance_service_pb2, GovernanceService(**paged)),
        registration(override_service_pb2, OverrideService(**paged)),
        registration(
            enforcement_service_pb2,
            EnforcementService(units_of_work=units_of_work, page_tokens=foundation.page_tokens),
        ),
        registration(prevention_service_pb2, PreventionService(**paged)),
        registration(
            proposal_service_pb2,
            ProposalService(**paged, planes=NoPlanes()),
        ),
        registration(
            lesson_service_pb2,
            LessonService(**paged, planes=NoPlanes()),
        ),
    ]


def _jobs_of_people(
    foundation: Foundation, units_of_work: UnitsOfWork[PoliciesUnitOfWork]
) -> list[Job]:
    restore = RestoreGovernance(
        overdue=PostgresOverdueSwitches(foundation.database), units_of_work=units_of_work
    )
    expire = ExpireOverrides(
        due=PostgresDueOverrides(foundation.database), units_of_work=units_of_work
    )
    return [
        Job(name="restore_governance", every_seconds=EVERY_SECONDS, work=restore),
        Job(name="expire_overrides", every_seconds=EVERY_SECONDS, work=expire),
    ]
