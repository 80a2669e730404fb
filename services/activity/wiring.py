"""The composition root of activity: the only file that constructs things."""

from functools import partial
from typing import Any

from aos.activity.v1 import (
    metrics_service_pb2,
    metrics_service_pb2_grpc,
    run_lifecycle_service_pb2,
    run_lifecycle_service_pb2_grpc,
    run_service_pb2,
    run_service_pb2_grpc,
    signal_service_pb2,
    signal_service_pb2_grpc,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from servicekit.batching import Batcher
from servicekit.foundation import Foundation
from servicekit.jetstream.live import LiveEvents
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import registration
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api.event_messages import encode
from services.activity.api.metrics_service import MetricsService
from services.activity.api.run_lifecycle_service import RunLifecycleService
from services.activity.api.run_service import RunService
from services.activity.api.signal_service import SignalService
from services.activity.api.trace_recording_service import TraceRecordingService
from services.activity.config import Settings
from services.activity.domain.recording import Recording
from services.activity.store.tables import KIT
from services.activity.store.unit_of_work import ActivityUnitOfWork
from services.activity.usecases.look_out import look_out
from services.activity.usecases.record_steps import RecordSteps, record_batch

# Calls, not steps: a call may bring up to 500. More than this in one commit would make the first
# caller wait longer than the commit costs.
_RECORDING_BATCH = 64


def build(foundation: Foundation, _settings: Settings) -> ServiceParts:
    """Construct activity on its foundation."""
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: ActivityUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    recorder: Batcher[RecordSteps, Recording] = Batcher(
        partial(record_batch, units_of_work=units_of_work),
        name="step recording",
        maximum_items=_RECORDING_BATCH,
    )
    kit: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
        "clock": foundation.clock,
    }
    tokens = foundation.page_tokens
    live = LiveEvents(bus=foundation.bus, source="activity")
    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            registration(
                run_service_pb2,
                run_service_pb2_grpc,
                RunService(**kit, page_tokens=tokens, live=live),
            ),
            registration(
                run_lifecycle_service_pb2,
                run_lifecycle_service_pb2_grpc,
                RunLifecycleService(**kit),
            ),
            registration(
                trace_service_pb2,
                trace_service_pb2_grpc,
                TraceRecordingService(**kit, recorder=recorder, page_tokens=tokens),
            ),
            registration(
                signal_service_pb2,
                signal_service_pb2_grpc,
                SignalService(**kit, page_tokens=tokens),
            ),
            registration(
                metrics_service_pb2,
                metrics_service_pb2_grpc,
                MetricsService(units_of_work=units_of_work),
            ),
        ],
        handlers={},
        jobs=[
            Job(
                name="look_out",
                every_seconds=15.0,
                work=partial(look_out, units_of_work=units_of_work, clock=foundation.clock),
            )
        ],
        loops={"live": live.run},
        on_stop=recorder.close,
    )
