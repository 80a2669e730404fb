"""What leaves with a transaction: events for the bus and intents for logs, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.identifiers import new_id
from kernel.ledger import LedgerEntry
from kernel.run_log import RunLogEntry
from servicekit.audit.intents import LogIntent, ledger_intent, run_log_intent
from servicekit.telemetry import tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """An event as it leaves: which aggregate, its how-manieth change, and the bytes."""

    tenant_id: str
    event_type: str
    aggregate_id: str
    sequence: int
    body: bytes


class Departures:
    """Gathers what leaves, until whoever owns the transaction writes it."""

    def __init__(self) -> None:
        # Each with the trace that it belongs to: several may be handled in one transaction.
        self._events: list[tuple[OutgoingEvent, str]] = []
        self._intents: list[LogIntent] = []
        # How many ledger entries leave with the transaction; a mutation without any is refused.
        self.recorded = 0

    def send(self, event: OutgoingEvent) -> None:
        """Let the event leave with this transaction; the relay publishes it after the commit."""
        self._events.append((event, tracing.inject().get("traceparent", "")))

    def record(self, entry: LedgerEntry) -> None:
        """Let the entry enter the ledger if, and only if, this transaction commits."""
        self._intents.append(ledger_intent(entry))
        self.recorded += 1

    def log(self, entry: RunLogEntry) -> None:
        """Let a line enter a run's log with this transaction; it is no audit of a change."""
        self._intents.append(run_log_intent(entry))

    def report(self, intent: LogIntent) -> None:
        """Let a system record leave with this transaction; it is no audit of a change by itself."""
        self._intents.append(intent)

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already: nothing changes and nothing needs a record."""
        self.recorded += 1

    def take_intents(self) -> Sequence[dict[str, Any]]:
        """The rows of the intents; they are not given again."""
        rows = [intent.row() for intent in self._intents]
        self._intents.clear()
        return rows

    def take_events(self) -> Sequence[dict[str, Any]]:
        """The rows of the events; they are not given again."""
        rows = [
            {
                "event_id": new_id("evt"),
                "tenant_id": event.tenant_id,
                "event_type": event.event_type,
                "aggregate_id": event.aggregate_id,
                "aggregate_sequence": event.sequence,
                "body": event.body,
                "traceparent": traceparent,
            }
            for event, traceparent in self._events
        ]
        self._events.clear()
        return rows
