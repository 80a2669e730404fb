"""The composition root of incidents: the only file that constructs things."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

import httpx2
from grpc import aio

from aos.incidents.v1 import (
    alert_service_pb2,
    delivery_service_pb2,
    destination_service_pb2,
    finding_service_pb2,
    incident_service_pb2,
    run_outcome_service_pb2,
    severity_service_pb2,
)
from servicekit.addresses import networks_of
from servicekit.batching import Batcher
from servicekit.config import ConfigError
from servicekit.egress import Egress, Names
from servicekit.foundation import Foundation
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.plugs import plugged_in
from servicekit.sealing import MasterKeys, Sealer
from servicekit.server import Registration, registration
from servicekit.threads import Threads
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.alert_service import AlertService
from services.incidents.api.delivery_service import DeliveryService
from services.incidents.api.destination_service import DestinationService
from services.incidents.api.event_messages import encode
from services.incidents.api.finding_service import FindingService
from services.incidents.api.incident_service import IncidentService
from services.incidents.api.run_outcome_service import RunOutcomeService
from services.incidents.api.severity_service import SeverityService
from services.incidents.clients import activity_calls, service_status, suppression_desk
from services.incidents.clients.activity_calls import ActivityCalls
from services.incidents.clients.mail import MailServer, SmtpMail
from services.incidents.clients.run_directory import ActivityRuns
from services.incidents.clients.service_status import PlaneStatus
from services.incidents.clients.suppression_desk import PoliciesSuppression
from services.incidents.clients.trace_directory import ActivityTraces
from services.incidents.clients.webhook import HttpWebhooks
from services.incidents.config import Settings
from services.incidents.domain.delivery import RetrySchedule
from services.incidents.domain.hallucination.detector import Report
from services.incidents.domain.hallucination.judge import Judge
from services.incidents.store.alert_fatigue import PostgresOverdueStorms
from services.incidents.store.cases import PostgresPendingCases
from services.incidents.store.deliveries import PostgresDueDeliveries
from services.incidents.store.examinations import PostgresDueExaminations
from services.incidents.store.forgetting import PostgresForgetting
from services.incidents.store.run_cases import PostgresRunCases
from services.incidents.store.tables import KIT
from services.incidents.store.unit_of_work import IncidentsUnitOfWork
from services.incidents.usecases.conclude_cases import ConcludeCases
from services.incidents.usecases.conclude_runs import ConcludeRuns
from services.incidents.usecases.create_incident import CreateIncident
from services.incidents.usecases.deliver_alerts import DeliverAlerts
from services.incidents.usecases.end_storms import EndStorms
from services.incidents.usecases.examine_output import ExamineOutput
from services.incidents.usecases.examine_trace import ExamineTraces
from services.incidents.usecases.keep_destinations import KeepDestinations
from services.incidents.usecases.watch_services import WatchServices
from services.incidents.usecases.write_conclusions import read_cases, write_conclusions
from services.incidents.workers import delivery_sender as sending
from services.incidents.workers import (
    on_incident_alert,
    on_limit_alert,
    on_limit_breached,
    on_run_ended,
    on_signal_alert,
    on_trace_sealed,
)
from services.incidents.workers import trace_examiner as examining
from services.incidents.workers.case_closer import CaseCloser
from services.incidents.workers.delivery_sender import DeliverySender
from services.incidents.workers.trace_examiner import TraceExaminer

# What is written down in one transaction; beyond this its locks are held for too long.
_CASES = 32
# Detectors hold the interpreter while they look, so one thread does as much as several.
_DETECTORS = 1
# What comes beside looking at one output of a trace: asking activity, writing down.
_BESIDE_LOOKING_SECONDS = 30.0
_HOUR_SECONDS = 3600.0
# A try needs one for itself and one to be begun and written down in, and some are slow.
_TRIES_A_LEASE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What works, shared by contracts, loops and jobs."""

    units_of_work: UnitsOfWork[IncidentsUnitOfWork]
    conclude: ConcludeCases
    create: CreateIncident
    examine: ExamineOutput
    watch: WatchServices
    batchers: tuple[Batcher[Any, Any], ...]
    channels: tuple[aio.Channel, ...]
    keep_destinations: KeepDestinations
    sender: DeliverySender
    examiner: TraceExaminer
    end_storms: EndStorms
    drain_seconds: float

    async def stop(self) -> None:
        """Let what is under way come to its end, and hang up."""
        loops = (self.sender, self.examiner)
        await asyncio.gather(*(loop.drain(seconds=self.drain_seconds) for loop in loops))
        await asyncio.gather(*(batcher.close() for batcher in self.batchers))
        for channel in self.channels:
            await channel.close()


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct incidents on its foundation.

    Raises:
        InvalidRequest: a setting names a judge that cannot be loaded.
    """
    engine = _engine(foundation, settings)
    return ServiceParts(
        units_of_work=engine.units_of_work,
        registrations=_contracts(foundation, engine),
        handlers={
            on_run_ended.CONSUMER: on_run_ended.on_run_ended,
            on_limit_breached.BREACHED: on_limit_breached.on_limit_breached,
            on_limit_breached.OVERRUN: on_limit_breached.on_budget_overrun,
            on_limit_alert.NEAR: on_limit_alert.on_limit_near_alert,
            on_limit_alert.BREACHED: on_limit_alert.on_limit_breached_alert,
            on_incident_alert.CREATED: on_incident_alert.on_incident_created_alert,
            on_incident_alert.EXTENDED: on_incident_alert.on_incident_extended_alert,
            on_signal_alert.CONSUMER: on_signal_alert.on_signal_raised_alert,
            on_trace_sealed.CONSUMER: on_trace_sealed.on_trace_sealed,
        },
        jobs=[
            Job(name="watch_services", every_seconds=settings.watch_seconds, work=engine.watch),
            Job(
                name="end_storms",
                every_seconds=settings.digest_check_seconds,
                work=engine.end_storms,
            ),
            Job(
                name="forget_what_is_over",
                every_seconds=_HOUR_SECONDS,
                work=PostgresForgetting(foundation.database),
            ),
        ],
        checks=[engine.sender.check, engine.examiner.check],
        loops={
            "case_closer": CaseCloser(conclude=engine.conclude).run,
            sending.LOOP: engine.sender.run,
            examining.LOOP: engine.examiner.run,
        },
        on_stop=engine.stop,
    )


def _engine(foundation: Foundation, settings: Settings) -> _Engine:
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: IncidentsUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    asked = {"activity": activity_calls.CONTRACTS, "policies": suppression_desk.CONTRACTS}
    channels = {
        name: foundation.channel(name, [*service_status.CONTRACTS, *asked.get(name, ())])
        for name in (asked.keys() | settings.peers.keys()) - {settings.service}
    }
    activity = ActivityCalls(channel=channels["activity"], signer=foundation.signer)
    runs = ActivityRuns(activity=activity)
    read_case: Batcher[Any, Any] = Batcher(
        partial(read_cases, units_of_work=units_of_work), name="read_cases", maximum_items=_CASES
    )
    write_conclusion: Batcher[Any, Any] = Batcher(
        partial(write_conclusions, units_of_work=units_of_work),
        name="write_conclusions",
        maximum_items=_CASES,
    )
    conclude = ConcludeCases(
        read=read_case.submit,
        write=write_conclusion.submit,
        suppression=PoliciesSuppression(channel=channels["policies"], signer=foundation.signer),
        runs=runs,
        pending=PostgresPendingCases(foundation.database),
    )
    create = CreateIncident(units_of_work=units_of_work, runs=runs, conclude=conclude)
    examining_one: dict[str, Any] = {
        "units_of_work": units_of_work,
        "runs": runs,
        "create_incident": create,
        "judge": _judge(settings),
        "judge_seconds": settings.judge_seconds,
    }
    return _Engine(
        units_of_work=units_of_work,
        conclude=conclude,
        create=create,
        examine=ExamineOutput(**examining_one, beside=_beside(settings)),
        examiner=_examiner(foundation, settings, ActivityTraces(activity=activity), examining_one),
        watch=WatchServices(
            look=PlaneStatus(channels=channels),
            units_of_work=units_of_work,
            clock=foundation.clock,
        ),
        batchers=(read_case, write_conclusion),
        channels=tuple(channels.values()),
        **_telling(foundation, settings, units_of_work),
    )


def _examiner(
    foundation: Foundation,
    settings: Settings,
    traces: ActivityTraces,
    examining_one: dict[str, Any],
) -> TraceExaminer:
    """What examines sealed traces, at a place of its own: no caller waits behind it."""
    patience = examining.PLACES * settings.detector_seconds
    longest = patience + settings.detector_seconds + settings.judge_seconds
    lease_seconds = longest + _BESIDE_LOOKING_SECONDS
    due = PostgresDueExaminations(
        foundation.database, lease_seconds=lease_seconds, each=examining.PLACES_OF_ONE
    )
    examine = ExamineTraces(
        units_of_work=examining_one["units_of_work"],
        traces=traces,
        examine=ExamineOutput(**examining_one, beside=_beside(settings, patience_seconds=patience)),
        due=due,
        lease_seconds=lease_seconds,
        clock=foundation.clock,
    )
    return TraceExaminer(examine=examine, every_seconds=settings.examination_check_seconds)


def _telling(
    foundation: Foundation, settings: Settings, units_of_work: UnitsOfWork[IncidentsUnitOfWork]
) -> dict[str, Any]:
    """What brings alerts to people."""
    outside: dict[str, Any] = {
        "webhooks": _webhooks(settings),
        "mail": _mail(settings),
        "seal": Sealer(
            MasterKeys.read(settings.sealing_key_file, is_production=settings.is_production)
        ),
    }
    due = PostgresDueDeliveries(
        foundation.database,
        lease_seconds=settings.delivery_lease_seconds,
        each=sending.PLACES_OF_ONE,
    )
    deliver = DeliverAlerts(
        **outside,
        units_of_work=units_of_work,
        due=due,
        schedule=_schedule(settings),
        chance=random.random,
        longest=_longest_try(settings),
    )
    return {
        "keep_destinations": KeepDestinations(**outside),
        "sender": DeliverySender(deliver=deliver, every_seconds=settings.delivery_check_seconds),
        "end_storms": EndStorms(
            units_of_work=units_of_work, overdue=PostgresOverdueStorms(foundation.database)
        ),
        "drain_seconds": settings.drain_seconds,
    }


def _webhooks(settings: Settings) -> HttpWebhooks:
    # This machine may be allowed where nobody but its owner allows anything.
    own = [] if settings.is_production else ["127.0.0.0/8", "::1/128"]
    named = "" if settings.private_networks == "none" else settings.private_networks
    try:
        permitted = networks_of([*filter(None, named.split(",")), *own])
    except ValueError as error:
        raise ConfigError(f"AOS_PRIVATE_NETWORKS: {error}.") from None
    egress = Egress(
        tls=httpx2.create_ssl_context(trust_env=False), resolve=Names(), permitted=permitted
    )
    return HttpWebhooks(
        egress=egress,
        connect_seconds=settings.delivery_connect_seconds,
        seconds=settings.delivery_seconds,
    )


def _mail(settings: Settings) -> SmtpMail:
    if settings.smtp_security not in ("starttls", "tls", "none"):
        raise ConfigError("AOS_SMTP_SECURITY is neither starttls nor tls nor none.")
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.smtp_sender,
        security=settings.smtp_security,
        tls=ssl.create_default_context(),
    )
    return SmtpMail(
        server=server if settings.smtp_host else None,
        connect_seconds=settings.delivery_connect_seconds,
        seconds=settings.delivery_seconds,
    )


def _longest_try(settings: Settings) -> timedelta:
    if settings.delivery_lease_seconds < _TRIES_A_LEASE * settings.delivery_seconds:
        raise ConfigError(
            "AOS_DELIVERY_LEASE_SECONDS must be at least three times AOS_DELIVERY_SECONDS."
        )
    return timedelta(seconds=settings.delivery_seconds)


def _schedule(settings: Settings) -> RetrySchedule:
    try:
        waits = tuple(float(text) for text in settings.delivery_retries.split(",") if text)
    except ValueError:
        raise ConfigError("AOS_DELIVERY_RETRIES is not a list like 5,300,1800.") from None
    return RetrySchedule(seconds=waits)


def _beside(
    settings: Settings, *, patience_seconds: float = 5.0
) -> Callable[[Callable[[], Report]], Awaitable[Report]]:
    threads = Threads(name="hallucination", places=_DETECTORS, patience_seconds=patience_seconds)

    async def beside(look: Callable[[], Report]) -> Report:
        return await threads.run(look, seconds=settings.detector_seconds)

    return beside


def _judge(settings: Settings) -> Judge | None:
    make = plugged_in(settings.judge, setting="AOS_HALLUCINATION_JUDGE")
    return None if make is None else cast("Judge", make())


def _contracts(foundation: Foundation, engine: _Engine) -> list[Registration]:
    kit: dict[str, Any] = {
        "units_of_work": engine.units_of_work,
        "mutations": Mutations(units_of_work=engine.units_of_work, gate=foundation.audit),
    }
    asking: dict[str, Any] = {
        **kit,
        "page_tokens": foundation.page_tokens,
        "audit": foundation.audit,
        "clock": foundation.clock,
    }
    outcomes = RunOutcomeService(
        mutations=kit["mutations"],
        conclude_runs=ConcludeRuns(
            conclude=engine.conclude, cases=PostgresRunCases(foundation.database)
        ),
        clock=foundation.clock,
    )
    return [
        registration(run_outcome_service_pb2, outcomes),
        registration(
            incident_service_pb2,
            IncidentService(**asking, create_incident=engine.create),
        ),
        registration(
            finding_service_pb2,
            FindingService(**asking, examine_output=engine.examine),
        ),
        registration(severity_service_pb2, SeverityService(**kit)),
        *_alert_contracts(foundation, engine, kit),
    ]


def _alert_contracts(
    foundation: Foundation, engine: _Engine, kit: dict[str, Any]
) -> list[Registration]:
    paged = {**kit, "page_tokens": foundation.page_tokens}
    return [
        registration(
            alert_service_pb2,
            AlertService(**paged, clock=foundation.clock),
        ),
        registration(
            destination_service_pb2,
            DestinationService(**paged, keep=engine.keep_destinations),
        ),
        registration(delivery_service_pb2, DeliveryService(**paged)),
    ]
