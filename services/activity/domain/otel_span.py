"""A span as it was observed: what it is called in its own world, and what it means in ours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a span tells, whatever its dialect."""

    # One of the step kinds of `domain/otel_names.py`.
    kind: str
    skill_name: str
    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    # What went in and what came out, JSON objects.
    params_json: str
    outcome_json: str
    outcome_category: str
    outcome_code: str
    agent_name: str
    # The agent as AOS knows it, if the exporter was told; else empty.
    agent_id: str
    session_id: str

    @property
    def is_agent(self) -> bool:
        """Whether the span is an agent or workflow at work, and so perhaps the run as a whole."""
        return self.kind == "sub_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedSpan:
    """A span that has ended. Its identifiers are the bytes that the exporter sent."""

    otel_trace_id: bytes
    span_id: bytes
    # Empty for the root of a trace.
    parent_span_id: bytes
    name: str
    started_ns: int
    ended_ns: int
    failed: bool
    meaning: Meaning

    @property
    def is_root(self) -> bool:
        """Whether nothing is above it."""
        return not self.parent_span_id

    @property
    def started_at(self) -> datetime:
        """When it began."""
        return _EPOCH + timedelta(microseconds=self.started_ns // 1000)

    @property
    def ended_at(self) -> datetime:
        """When it ended."""
        return _EPOCH + timedelta(microseconds=self.ended_ns // 1000)

    @property
    def duration_ms(self) -> int:
        """How long it took."""
        return (self.ended_ns - self.started_ns) // 1_000_000


def fault_of(
    trace_id: bytes, span_id: bytes, parent_span_id: bytes, started_ns: int, ended_ns: int
) -> str | None:
    """Why a span cannot be stored, as the end of a sentence; None when it can."""
    if len(trace_id) != 16 or not any(trace_id):  # noqa: PLR2004 - set by W3C trace context
        return "without a valid trace id"
    if len(span_id) != 8 or not any(span_id):  # noqa: PLR2004 - as above
        return "without a valid span id"
    if len(parent_span_id) not in (0, 8):
        return "with a damaged parent span id"
    if ended_ns < started_ns or not started_ns:
        return "that end before they begin"
    return None
