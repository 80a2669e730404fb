"""The composition root of activity: the only file that constructs things."""

from functools import partial
from typing import Any

from grpc import aio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp_service_pb2

from aos.accounts.v1 import token_service_pb2
from aos.activity.v1 import (
    metrics_service_pb2,
    run_completion_service_pb2,
    run_lifecycle_service_pb2,
    run_service_pb2,
    signal_service_pb2,
    trace_service_pb2,
)
from aos.options.v1 import access_pb2
from servicekit.auth.tokens import TokenVerifier
from servicekit.batching import Batcher
from servicekit.foundation import Foundation
from servicekit.jetstream.live import LiveEvents
from servicekit.jobs import Job
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration, registration
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api.event_messages import encode
from services.activity.api.metrics_service import MetricsService
from services.activity.api.otlp_credentials import OtlpCredentials
from services.activity.api.otlp_service import OtlpTraceService
from services.activity.api.otlp_steps import kept_span
from services.activity.api.run_completion_service import RunCompletionService
from services.activity.api.run_lifecycle_service import RunLifecycleService
from services.activity.api.run_service import RunService
from services.activity.api.signal_service import SignalService
from services.activity.api.trace_recording_service import TraceRecordingService
from services.activity.clients.key_exchange import KeyExchange
from services.activity.config import Settings
from services.activity.store.tables import KIT
from services.activity.store.unit_of_work import ActivityUnitOfWork
from services.activity.usecases.ingest_spans import IngestSpans, ingest_batch
from services.activity.usecases.look_out import look_out
from services.activity.usecases.record_steps import Answer, Command, record_batch
from services.activity.usecases.roll_up_metrics import roll_up_metrics
from services.activity.workers.observed_closer import ObservedCloser

# Calls, not steps: a call may bring up to 500. More than this in one commit would make the first
# caller wait longer than the commit costs.
_RECORDING_BATCH = 64
# Stretches of at most 256 spans. What waits is held in memory, about 3 kB a span, so that exporters
# are asked to come back before it is much.
_INGESTION_BATCH, _INGESTION_WAITING = 16, 64
_LOOK_OUT_SECONDS = 15.0
# Figures are right without it; it keeps short what is added up on reading.
_ROLL_UP_SECONDS = 30.0
# As the OTLP specification advises receivers.
_LARGEST_EXPORT_BYTES = 64 * 1024 * 1024


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct activity on its foundation."""
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: ActivityUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    recorder: Batcher[Command, Answer] = Batcher(
        partial(record_batch, units_of_work=units_of_work),
        name="step recording",
        maximum_items=_RECORDING_BATCH,
    )
    ingestion = _ingestion(foundation, settings, units_of_work)
    live = LiveEvents(bus=foundation.bus, source="activity")
    accounts = foundation.channel(
        "accounts", token_service_pb2.DESCRIPTOR.services_by_name.values()
    )

    async def finish() -> None:
        await recorder.close()
        await ingestion.close()
        await accounts.close()

    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            *_contracts(foundation, units_of_work, recorder, live),
            _telemetry(foundation, ingestion, accounts),
        ],
        handlers={},
        jobs=_jobs(foundation, settings, units_of_work),
        loops={"live": live.run},
        on_stop=finish,
    )


def _contracts(
    foundation: Foundation,
    units_of_work: UnitsOfWork[ActivityUnitOfWork],
    recorder: Batcher[Command, Answer],
    live: LiveEvents,
) -> list[Registration]:
    """The contracts of our own."""
    kit: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
        "clock": foundation.clock,
    }
    paged = {**kit, "page_tokens": foundation.page_tokens}
    completion = RunCompletionService(mutations=kit["mutations"], clock=foundation.clock)
    return [
        registration(run_service_pb2, RunService(**paged, live=live)),
        registration(run_lifecycle_service_pb2, RunLifecycleService(**kit)),
        registration(run_completion_service_pb2, completion),
        registration(
            trace_service_pb2,
            TraceRecordingService(**paged, recorder=recorder),
        ),
        registration(signal_service_pb2, SignalService(**paged)),
        registration(
            metrics_service_pb2,
            MetricsService(units_of_work=units_of_work),
        ),
    ]


def _jobs(
    foundation: Foundation, settings: Settings, units_of_work: UnitsOfWork[ActivityUnitOfWork]
) -> list[Job]:
    closer = ObservedCloser(
        units_of_work=units_of_work,
        gate=foundation.audit,
        clock=foundation.clock,
        grace_seconds=settings.observed_grace_seconds,
    )
    look = partial(look_out, units_of_work=units_of_work, clock=foundation.clock)
    roll_up = partial(roll_up_metrics, units_of_work=units_of_work)
    return [
        Job(name="look_out", every_seconds=_LOOK_OUT_SECONDS, work=look),
        Job(name="roll_up_metrics", every_seconds=_ROLL_UP_SECONDS, work=roll_up),
        closer.job,
    ]


def _ingestion(
    foundation: Foundation, settings: Settings, units_of_work: UnitsOfWork[ActivityUnitOfWork]
) -> Batcher[IngestSpans, int]:
    perform = partial(
        ingest_batch,
        units_of_work=units_of_work,
        keep=kept_span,
        clock=foundation.clock,
        grace_seconds=settings.observed_grace_seconds,
    )
    return Batcher(
        perform,
        name="telemetry",
        maximum_items=_INGESTION_BATCH,
        maximum_waiting=_INGESTION_WAITING,
    )


def _telemetry(
    foundation: Foundation, ingestion: Batcher[IngestSpans, int], accounts: aio.Channel
) -> Registration:
    """The contract of OpenTelemetry, which declares no rules of ours."""
    keys = KeyExchange(
        channel=accounts,
        tokens=TokenVerifier(trust=foundation.trust, clock=foundation.clock),
        clock=foundation.clock,
    )
    servicer = OtlpTraceService(
        credentials=OtlpCredentials(keys=keys), ingestion=ingestion, gate=foundation.audit
    )
    return registration(
        otlp_service_pb2,
        servicer,
        foreign={"Export": access_pb2.Access(permission="activity.runs.write", open=True)},
        maximum_message_bytes=_LARGEST_EXPORT_BYTES,
    )
