"""Makes the server's streams and consumers equal their declaration, or says where they differ."""

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError, NotFoundError

from servicekit.jetstream.topology import (
    EVENTS_STREAM,
    RECEIPTS_STREAM,
    ConsumerDeclaration,
    Topology,
    receipts_consumer,
)

_STREAM_FIELDS = (
    "subjects",
    "retention",
    "storage",
    "discard",
    "max_age",
    "max_bytes",
    "duplicate_window",
    "num_replicas",
    "deny_delete",
    "deny_purge",
)
_CONSUMER_FIELDS = ("ack_policy", "ack_wait", "deliver_policy", "max_deliver", "max_ack_pending")
_NAME_IN_USE = 10058


async def reconcile(bus: JetStreamContext, topology: Topology, *, service: str) -> None:
    """Make or update the streams, and the consumers of this service."""
    for stream in topology.streams:
        await _reconcile_stream(bus, stream)
    for consumer in topology.consumers_of(service):
        await bus.add_consumer(EVENTS_STREAM, config=consumer.configuration())
    await bus.add_consumer(RECEIPTS_STREAM, config=receipts_consumer(service))


async def _reconcile_stream(bus: JetStreamContext, stream: StreamConfig) -> None:
    name = str(stream.name)
    try:
        info = await bus.stream_info(name)
    except NotFoundError:
        await _add_stream(bus, stream)
        return
    if _differences(stream, info.config, _STREAM_FIELDS):
        await bus.update_stream(stream)


async def _add_stream(bus: JetStreamContext, stream: StreamConfig) -> None:
    try:
        await bus.add_stream(stream)
    except APIError as error:
        # Another service was quicker; the check that follows compares what it made.
        if error.err_code != _NAME_IN_USE:
            raise


async def drift(bus: JetStreamContext, topology: Topology, *, service: str) -> list[str]:
    """Where the server differs from the declaration, one sentence each."""
    found: list[str] = []
    for stream in topology.streams:
        name = str(stream.name)
        try:
            info = await bus.stream_info(name)
        except NotFoundError:
            found.append(f"stream {name} does not exist")
            continue
        found += [
            f"stream {name}: {field} differs"
            for field in _differences(stream, info.config, _STREAM_FIELDS)
        ]
    for consumer in topology.consumers_of(service):
        found += await _consumer_drift(bus, consumer)
    return found


async def _consumer_drift(bus: JetStreamContext, consumer: ConsumerDeclaration) -> list[str]:
    try:
        info = await bus.consumer_info(EVENTS_STREAM, consumer.name)
    except NotFoundError:
        return [f"consumer {consumer.name} does not exist"]
    wanted = consumer.configuration()
    fields = _differences(wanted, info.config, _CONSUMER_FIELDS)
    if _subjects(info.config) != sorted(consumer.subjects):
        fields.append("subjects")
    return [f"consumer {consumer.name}: {field} differs" for field in fields]


def _subjects(configuration: ConsumerConfig) -> list[str]:
    if configuration.filter_subjects:
        return sorted(configuration.filter_subjects)
    return [configuration.filter_subject] if configuration.filter_subject else []


def _differences(wanted: object, found: object, fields: tuple[str, ...]) -> list[str]:
    return [field for field in fields if getattr(wanted, field) != getattr(found, field, None)]
