"""The declared streams and consumers, and who awaits which event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from servicekit.config import ConfigError

EVENTS_STREAM = "AOS_EVENTS"
RECEIPTS_STREAM = "AOS_RECEIPTS"
_DAY_SECONDS = 86_400
# A handler that takes longer says so while it works; after this a silent one counts as dead.
ACK_WAIT_SECONDS = 30.0
_MAXIMUM_UNACKNOWLEDGED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerDeclaration:
    """One durable consumer of events."""

    name: str
    service: str
    subjects: tuple[str, ...]
    ordered: bool = False

    def wants(self, subject: str) -> bool:
        """Whether an event with this subject is for this consumer."""
        return any(subject_matches(pattern, subject) for pattern in self.subjects)

    def configuration(self) -> ConsumerConfig:
        """How the server is to keep it.

        Deliveries are unlimited and there is no backoff list: a list would replace the ack wait,
        and a limit would end delivery with nothing but an advisory. Dead letters are our decision.
        """
        return ConsumerConfig(
            # Named twice, so that the request names it, and its one filter, in its own subject:
            # permissions are given by subject.
            name=self.name,
            durable_name=self.name,
            **_filter(self.subjects),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            deliver_policy=DeliverPolicy.ALL,
            max_deliver=-1,
            max_ack_pending=_MAXIMUM_UNACKNOWLEDGED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Every stream and consumer of the plane."""

    streams: tuple[StreamConfig, ...]
    consumers: tuple[ConsumerDeclaration, ...]
    # What services hear as it passes, beside what they take from consumers.
    live: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, *, replicas: int = 1) -> "Topology":
        """Read the declaration."""
        try:
            document = yaml.safe_load(path.read_text())
            return cls(
                streams=tuple(
                    _stream(name, entry, replicas) for name, entry in document["streams"].items()
                ),
                consumers=tuple(
                    _consumer(name, entry) for name, entry in document["consumers"].items()
                ),
                live={name: tuple(subjects) for name, subjects in document["live"].items()},
            )
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{path} does not declare streams and consumers: {error!r}."
            ) from None

    def awaiting(self, subject: str) -> list[str]:
        """The consumers that must confirm an event with this subject."""
        return [consumer.name for consumer in self.consumers if consumer.wants(subject)]

    def consumers_of(self, service: str) -> tuple[ConsumerDeclaration, ...]:
        """The consumers that this service handles."""
        return tuple(consumer for consumer in self.consumers if consumer.service == service)


def _stream(name: str, entry: dict[str, Any], replicas: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=list(entry["subjects"]),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # Refuse what does not fit instead of dropping what is there: the outbox keeps the refused.
        discard=DiscardPolicy.NEW,
        max_age=float(entry["max_age_days"] * _DAY_SECONDS),
        max_bytes=int(entry["max_bytes"]),
        duplicate_window=float(entry["duplicate_window_seconds"]),
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
        # Direct reads may be answered by a follower that is behind.
        allow_direct=False,
    )


def _consumer(name: str, entry: dict[str, Any]) -> ConsumerDeclaration:
    return ConsumerDeclaration(
        name=name,
        service=entry["service"],
        subjects=tuple(entry["subjects"]),
        ordered=bool(entry.get("ordered", False)),
    )


def _filter(subjects: tuple[str, ...]) -> dict[str, Any]:
    if len(subjects) == 1:
        return {"filter_subject": subjects[0]}
    return {"filter_subjects": list(subjects)}


def subject_matches(pattern: str, subject: str) -> bool:
    """Whether a NATS subject matches a pattern with ``*`` and ``>``."""
    wanted, parts = pattern.split("."), subject.split(".")
    for position, part in enumerate(wanted):
        if part == ">":
            return len(parts) > position
        if position >= len(parts) or part not in ("*", parts[position]):
            return False
    return len(wanted) == len(parts)


def receipts_consumer(service: str) -> ConsumerConfig:
    """The durable consumer with which a producer takes the receipts of its events."""
    return ConsumerConfig(
        name=f"{service}-receipts",
        durable_name=f"{service}-receipts",
        filter_subject=f"aos.receipts.{service}",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=1000,
    )
