"""Prefixed, time-ordered, lower-case identifiers, compared by bytes in Python and SQL alike.

``run_01k9zj3v6q8m2x4t5w7y9abcde``: the prefix says what it names, ten characters hold the
millisecond, sixteen are random. The alphabet is Crockford's base 32 in ascending byte order, so
sorting by text sorts by time.
"""

import hashlib
import os
import re
import time
from datetime import datetime
from typing import NewType

TenantId = NewType("TenantId", str)
ProjectId = NewType("ProjectId", str)
AgentId = NewType("AgentId", str)
PersonId = NewType("PersonId", str)
ApiKeyId = NewType("ApiKeyId", str)
RunId = NewType("RunId", str)
TraceId = NewType("TraceId", str)
SignalId = NewType("SignalId", str)
EventId = NewType("EventId", str)
PolicyId = NewType("PolicyId", str)
SnapshotId = NewType("SnapshotId", str)
OverrideId = NewType("OverrideId", str)
ProposalId = NewType("ProposalId", str)
LessonId = NewType("LessonId", str)
RolloutId = NewType("RolloutId", str)
IncidentId = NewType("IncidentId", str)
ViolationId = NewType("ViolationId", str)
EvidenceId = NewType("EvidenceId", str)
TimelineEventId = NewType("TimelineEventId", str)
FindingId = NewType("FindingId", str)
AlertId = NewType("AlertId", str)
DestinationId = NewType("DestinationId", str)
DeliveryId = NewType("DeliveryId", str)
SagaId = NewType("SagaId", str)
RequestId = NewType("RequestId", str)

# What belongs to no tenant but to the plane as a whole is kept under this one.
PLANE_TENANT = TenantId("ten_00000000000000000000000000")

PREFIXES = {
    "ten": "tenant",
    "prj": "project",
    "agt": "agent",
    "per": "person",
    "key": "API key",
    "run": "run",
    "trc": "trace",
    "sig": "signal",
    "evt": "event",
    "led": "ledger entry",
    "sys": "system record",
    "llm": "model call record",
    "rle": "run log event",
    "evi": "retrieval evidence",
    "pol": "policy",
    "snp": "policy snapshot",
    "dec": "decision",
    "enf": "enforcement",
    "ovr": "override",
    "prv": "prevention record",
    "sup": "suppression",
    "prp": "proposal",
    "lsn": "lesson",
    "rol": "rollout",
    "inc": "incident",
    "vio": "violation",
    "ive": "incident evidence",
    "tle": "timeline event",
    "fnd": "hallucination finding",
    "alt": "alert",
    "dst": "alert destination",
    "dlv": "alert delivery",
    "sga": "saga",
}

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Two characters at a time halve the work; identifiers are made on the hot path.
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_PAIR_SHIFTS = tuple(range(120, -10, -10))
_BODY = re.compile(f"[{_ALPHABET}]{{26}}")


def new_id(prefix: str) -> str:
    """Make an identifier that sorts after those made in earlier milliseconds."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    pairs = _PAIRS
    return f"{prefix}_" + "".join([pairs[(value >> shift) & 1023] for shift in _PAIR_SHIFTS])


def derived_id(prefix: str, seed: str, moment: datetime) -> str:
    """The one identifier that this seed has at this moment, however often it is asked for."""
    drawn = int.from_bytes(hashlib.sha256(f"{prefix}/{seed}".encode()).digest()[:10])
    value = max(0, int(moment.timestamp() * 1000)) << 80 | drawn
    return f"{prefix}_" + "".join([_PAIRS[(value >> shift) & 1023] for shift in _PAIR_SHIFTS])


def first_id_of(prefix: str, moment: datetime) -> str:
    """The smallest identifier that can have been made at this moment or later."""
    value = max(0, int(moment.timestamp() * 1000)) << 80
    return f"{prefix}_" + "".join([_PAIRS[(value >> shift) & 1023] for shift in _PAIR_SHIFTS])


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the shape of an identifier with this prefix."""
    return text.startswith(f"{prefix}_") and _BODY.fullmatch(text, len(prefix) + 1) is not None
