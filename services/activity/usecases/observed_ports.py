"""What observing telemetry needs of the outer ring; the store implements it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import RunId, TraceId
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep, TraceHead

# A trace of somebody's telemetry among those of all tenants: tenant and trace id.
OtelKey = tuple[str, bytes]
# A span among those of all tenants: tenant, trace and span id.
SpanKey = tuple[str, bytes, bytes]
# Writes a span as the step with this index, as far as it may be kept.
KeepSpan = Callable[[ObservedSpan, int, InspectionConstraints], KeptStep]

# The purpose under which the closing job looks for what is due in all tenants.
CLOSING = "observed_closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The run and trace that are to stand for a trace of telemetry."""

    key: OtelKey
    run_id: RunId
    trace_id: TraceId
    # Whether the closing job has to look at it.
    due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanPlace:
    """Which step a span has become."""

    key: OtelKey
    span: ObservedSpan
    step_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopAgent:
    """An agent or workflow at work that nothing recorded is above."""

    name: str
    failed: bool
    ended_at: datetime


class ObservedRepository(Protocol):
    """Keeps what connects telemetry with runs and steps."""

    async def hold(self, keys: Collection[OtelKey]) -> dict[OtelKey, TraceHead]:
        """Return the heads of known traces as they stay until this transaction ends."""
        ...

    async def claim(self, claims: Sequence[Claim], *, seconds: float) -> set[OtelKey]:
        """Keep the claims, due after this time if at all; return those that nobody else made."""
        ...

    async def recorded(
        self, spans: Mapping[OtelKey, Collection[bytes]]
    ) -> set[tuple[str, bytes, bytes]]:
        """Return which of these spans are steps already."""
        ...

    async def place(self, places: Sequence[SpanPlace]) -> None:
        """Keep which steps spans have become."""
        ...

    async def look_again(self, keys: Collection[OtelKey], *, seconds: float) -> None:
        """Let the closing job look at these traces after this time."""
        ...

    async def settle(self, key: OtelKey) -> None:
        """Let the closing job look at the trace no more."""
        ...

    async def due(self, limit: int) -> list[OtelKey]:
        """Return traces that the closing job has to look at, of all tenants."""
        ...

    async def top_agent(self, key: OtelKey) -> TopAgent | None:
        """Return the first agent or workflow of the trace that nothing recorded is above."""
        ...
