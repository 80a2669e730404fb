"""The composition root of activity: the only file that constructs things."""

from aos.activity.v1 import run_service_pb2, run_service_pb2_grpc
from servicekit.foundation import Foundation
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api.event_messages import encode
from services.activity.api.run_service import RunService
from services.activity.config import Settings
from services.activity.store.tables import KIT
from services.activity.store.unit_of_work import ActivityUnitOfWork


def build(foundation: Foundation, _settings: Settings) -> ServiceParts:
    """Construct activity on its foundation."""
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: ActivityUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    run_service = RunService(
        units_of_work=units_of_work,
        mutations=Mutations(units_of_work=units_of_work, gate=foundation.audit),
        page_tokens=foundation.page_tokens,
        clock=foundation.clock,
    )
    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            Registration(
                descriptor=run_service_pb2.DESCRIPTOR.services_by_name["RunService"],
                add_to_server=run_service_pb2_grpc.add_RunServiceServicer_to_server,
                servicer=run_service,
            )
        ],
        handlers={},
    )
