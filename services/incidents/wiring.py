"""The composition root of incidents: the only file that constructs things."""

from typing import Any

from aos.incidents.v1 import (
    incident_service_pb2,
    incident_service_pb2_grpc,
    severity_service_pb2,
    severity_service_pb2_grpc,
)
from servicekit.foundation import Foundation
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration, registration
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.event_messages import encode
from services.incidents.api.incident_service import IncidentService
from services.incidents.api.severity_service import SeverityService
from services.incidents.clients import run_directory, service_status, suppression_desk
from services.incidents.clients.run_directory import ActivityRuns
from services.incidents.clients.service_status import PlaneStatus
from services.incidents.clients.suppression_desk import PoliciesSuppression
from services.incidents.config import Settings
from services.incidents.store.cases import PostgresPendingCases
from services.incidents.store.tables import KIT
from services.incidents.store.unit_of_work import IncidentsUnitOfWork
from services.incidents.usecases.conclude_cases import ConcludeCases
from services.incidents.usecases.create_incident import CreateIncident
from services.incidents.usecases.watch_services import WatchServices
from services.incidents.workers import on_limit_breached, on_run_ended
from services.incidents.workers.case_closer import CaseCloser


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct incidents on its foundation."""
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: IncidentsUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    activity = foundation.channel("activity", run_directory.CONTRACTS)
    policies = foundation.channel("policies", suppression_desk.CONTRACTS)
    runs = ActivityRuns(channel=activity, signer=foundation.signer)
    conclude = ConcludeCases(
        units_of_work=units_of_work,
        suppression=PoliciesSuppression(channel=policies, signer=foundation.signer),
        runs=runs,
        pending=PostgresPendingCases(foundation.database),
    )
    create = CreateIncident(units_of_work=units_of_work, runs=runs, conclude=conclude)

    watched = {
        name: foundation.channel(name, service_status.CONTRACTS)
        for name in settings.peers
        if name != settings.service
    }
    watch = WatchServices(
        look=PlaneStatus(channels=watched), units_of_work=units_of_work, clock=foundation.clock
    )

    async def stop() -> None:
        for channel in (activity, policies, *watched.values()):
            await channel.close()

    return ServiceParts(
        units_of_work=units_of_work,
        registrations=_contracts(foundation, units_of_work, create),
        handlers={
            on_run_ended.CONSUMER: on_run_ended.on_run_ended,
            on_limit_breached.BREACHED: on_limit_breached.on_limit_breached,
            on_limit_breached.OVERRUN: on_limit_breached.on_budget_overrun,
        },
        jobs=[Job(name="watch_services", every_seconds=settings.watch_seconds, work=watch)],
        loops={"case_closer": CaseCloser(conclude=conclude).run},
        on_stop=stop,
    )


def _contracts(
    foundation: Foundation,
    units_of_work: UnitsOfWork[IncidentsUnitOfWork],
    create: CreateIncident,
) -> list[Registration]:
    kit: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
    }
    return [
        registration(
            incident_service_pb2,
            incident_service_pb2_grpc,
            IncidentService(
                **kit,
                page_tokens=foundation.page_tokens,
                create_incident=create,
                audit=foundation.audit,
                clock=foundation.clock,
            ),
        ),
        registration(severity_service_pb2, severity_service_pb2_grpc, SeverityService(**kit)),
    ]
