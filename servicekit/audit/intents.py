"""What logs is to write for us, as rows of our own transaction."""

import json
from dataclasses import dataclass
from typing import Any

from aos.logs.v1 import ledger_pb2, run_log_pb2, system_record_pb2
from kernel.clock import utc_now
from kernel.identifiers import PLANE_TENANT, new_id
from kernel.ledger import LedgerEntry, State
from kernel.run_log import RunLogEntry

LEDGER, SYSTEM, RUN_LOG = "ledger", "system", "run_log"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIntent:
    """One message for logs, and under which tenant and name it waits."""

    tenant_id: str
    intent_id: str
    kind: str
    body: bytes

    def row(self) -> dict[str, Any]:
        """The intent as a row."""
        return {
            "tenant_id": self.tenant_id,
            "intent_id": self.intent_id,
            "kind": self.kind,
            "body": self.body,
        }


def ledger_intent(entry: LedgerEntry) -> LogIntent:
    """An entry for the ledger."""
    actor_type: Any = ledger_pb2.ActorType.Value(f"ACTOR_TYPE_{entry.actor.type}")
    draft = ledger_pb2.LedgerDraft(
        entry_id=new_id("led"),
        tenant_id=entry.tenant_id,
        event_type=entry.event_type,
        entity_type=entry.entity_type,
        entity_id=entry.entity_id,
        actor_type=actor_type,
        actor_id=entry.actor.id,
        run_id=entry.run_id or "",
        before_json=_json(entry.before),
        after_json=_json(entry.after),
    )
    draft.occur_time.FromDatetime(utc_now())
    return LogIntent(
        tenant_id=entry.tenant_id,
        intent_id=draft.entry_id,
        kind=LEDGER,
        body=draft.SerializeToString(),
    )


def system_intent(
    *,
    component: str,
    event_type: str,
    summary: str,
    severity: str = "INFO",
    caused_by: str = "SYSTEM",
    details: State | None = None,
    tenant_id: str = PLANE_TENANT,
) -> LogIntent:
    """A record about the plane itself, or about what it is for one tenant."""
    grave: Any = system_record_pb2.SystemSeverity.Value(f"SYSTEM_SEVERITY_{severity}")
    cause: Any = system_record_pb2.SystemCause.Value(f"SYSTEM_CAUSE_{caused_by}")
    record = system_record_pb2.SystemRecord(
        record_id=new_id("sys"),
        tenant_id=tenant_id,
        component=component,
        event_type=event_type,
        severity=grave,
        summary=summary[:1000],
        details_json=_json(details),
        caused_by=cause,
    )
    record.occur_time.FromDatetime(utc_now())
    return LogIntent(
        tenant_id=tenant_id,
        intent_id=record.record_id,
        kind=SYSTEM,
        body=record.SerializeToString(),
    )


def run_log_intent(entry: RunLogEntry) -> LogIntent:
    """A line for the log of a run."""
    kind: Any = run_log_pb2.RunLogEventType.Value(f"RUN_LOG_EVENT_TYPE_{entry.type}")
    event = run_log_pb2.RunLogEvent(
        record_id=new_id("rle"),
        tenant_id=entry.tenant_id,
        run_id=entry.run_id,
        type=kind,
        policy_id=entry.policy_id,
        summary=entry.summary[:1000],
        details_json=_json(entry.details),
        synthetic_scenario_id=entry.synthetic_scenario_id,
    )
    event.occur_time.FromDatetime(entry.occurred_at)
    return LogIntent(
        tenant_id=entry.tenant_id,
        intent_id=event.record_id,
        kind=RUN_LOG,
        body=event.SerializeToString(),
    )


def _json(state: State | None) -> str:
    return "" if state is None else json.dumps(state, separators=(",", ":"), sort_keys=True)
