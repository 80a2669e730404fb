"""The figures a service keeps of itself: rates, errors and durations per RPC, lags, batch sizes.

Instruments are made from the global meter, which does nothing until an endpoint is configured.
"""

from opentelemetry import metrics

_meter = metrics.get_meter("aos")
# The library's own boundaries begin at five, which is far above what a call may take in seconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

rpc_duration = _meter.create_histogram(
    "rpc.server.duration",
    unit="s",
    description="Duration of calls, by method and code",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
batch_size = _meter.create_histogram(
    "aos.batch.size", unit="{item}", description="Items per batch, by batcher"
)
batch_duration = _meter.create_histogram(
    "aos.batch.duration",
    unit="s",
    description="How long a batch took to be worked, by batcher",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
outbox_published = _meter.create_counter(
    "aos.outbox.published", unit="{event}", description="Events handed to the bus and confirmed"
)
outbox_lag = _meter.create_gauge(
    "aos.outbox.lag", unit="s", description="Age of the oldest event that is not published"
)
events_handled = _meter.create_counter(
    "aos.inbox.handled", unit="{event}", description="Events taken from the bus, by outcome"
)
job_duration = _meter.create_histogram(
    "aos.job.duration",
    unit="s",
    description="Duration of periodic jobs, by job and outcome",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
guard_holds = _meter.create_gauge(
    "aos.guard.holds", unit="1", description="1 while every check of the boot guard holds, else 0"
)
