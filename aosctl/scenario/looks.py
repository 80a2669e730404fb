"""Where effects are seen: by which call, as which message of the contracts.

What a scenario expects is written in the names of these messages, so there is no second vocabulary.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from aos.activity.v1 import metrics_service_pb2, run_pb2, signal_pb2, trace_pb2
from aos.incidents.v1 import alert_pb2, finding_pb2, incident_pb2
from aos.logs.v1 import ledger_pb2, run_log_pb2, run_record_pb2, system_record_pb2
from aos.orchestrator.v1 import evidence_service_pb2
from aos.orchestrator.v1 import run_pb2 as orchestrator_run_pb2
from aos.policies.v1 import (
    decision_pb2,
    enforcement_pb2,
    gate_pb2,
    governance_service_pb2,
    lesson_pb2,
    policy_pb2,
    proposal_pb2,
)
from aosctl.errors import OperatorError
from aosctl.stage.calling import Stage
from kernel.clock import utc_now

# More than any scenario makes; what does not fit on one page is told, and never left out.
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is looked at: a run, and its trace."""

    run_id: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way of seeing something: a call, and the field of its answer that holds it."""

    service: str
    contract: str
    method: str
    field: str
    kind: type[Message]
    many: bool = False
    # What is asked; of the run, unless said otherwise.
    asks: Callable[[Subject], dict[str, Any]] = lambda subject: {"run_id": subject.run_id}
    keeps: Callable[[Any, Subject], bool] = lambda *_: True
    # Whether it is of the tenant, so that no run has to be there.
    of_tenant: bool = False

    async def see(self, stage: Stage, subject: Subject) -> list[Any]:
        """What is there now.

        Raises:
            OperatorError: There is more of it than one page shows.
        """
        answer = await stage.call(self.service, self.contract, self.method, **self.asks(subject))
        if not self.many:
            return [_within(answer, self.field)]
        if getattr(answer, "next_page_token", ""):
            raise OperatorError(f"{self.method} has more than {_PAGE} to show.")
        return [one for one in getattr(answer, self.field) if self.keeps(one, subject)]


def _within(answer: Any, path: str) -> Any:
    for name in filter(None, path.split(".")):
        answer = getattr(answer, name)
    return answer


def _one(call: str, field: str, kind: type[Message], **more: Any) -> Look:
    service, contract, method = call.split(".")
    return Look(service=service, contract=contract, method=method, field=field, kind=kind, **more)


def _list(call: str, field: str, kind: type[Message], **more: Any) -> Look:
    """A list of a run; its first page holds all that a scenario makes."""
    more.setdefault("asks", lambda subject: {"run_id": subject.run_id, "page_size": _PAGE})
    return _one(call, field, kind, many=True, **more)


def _tenant_list(call: str, field: str, kind: type[Message], **more: Any) -> Look:
    return _list(call, field, kind, asks=lambda _: {"page_size": _PAGE}, of_tenant=True, **more)


def _metrics(*, include_synthetic: bool) -> Look:
    def asked(_: Subject) -> dict[str, Any]:
        begin, end = Timestamp(), Timestamp()
        begin.FromDatetime(utc_now() - timedelta(hours=2))
        end.FromDatetime(utc_now() + timedelta(hours=2))
        return {"from_time": begin, "before_time": end, "include_synthetic": include_synthetic}

    return _list(
        "activity.metrics.GetRunMetrics",
        "metrics",
        metrics_service_pb2.RunMetrics,
        asks=asked,
        of_tenant=True,
    )


def _is_of_run(message: Any, subject: Subject) -> bool:
    return bool(message.run_id == subject.run_id)


def _was_triggered_by(message: Any, subject: Subject) -> bool:
    return bool(message.triggering_run_id == subject.run_id)


def _steps_of(subject: Subject) -> dict[str, Any]:
    return {"trace_id": subject.trace_id, "page_size": _PAGE}


def _entries_of(subject: Subject) -> dict[str, Any]:
    return {"filter": {"run_id": subject.run_id}, "page_size": _PAGE}


# By domain, and by the name under which a scenario speaks of it.
LOOKS: dict[str, dict[str, Look]] = {
    "activity": {
        "run": _one("activity.run.GetRun", "run", run_pb2.Run),
        "trace": _one("activity.trace.GetTrace", "trace", trace_pb2.Trace),
        "steps": _list("activity.trace.ListSteps", "steps", trace_pb2.RecordedStep, asks=_steps_of),
        "signals": _list(
            "activity.signal.ListSignals",
            "signals",
            signal_pb2.Signal,
            asks=lambda _: {"page_size": _PAGE},
            keeps=_is_of_run,
        ),
        "metrics": _metrics(include_synthetic=True),
        "metrics_of_real_runs": _metrics(include_synthetic=False),
    },
    "policies": {
        "gate": _one("policies.gate.GetGate", "gate", gate_pb2.Gate),
        "decisions": _list(
            "policies.decision_log.ListDecisions", "decisions", decision_pb2.Decision
        ),
        "enforcements": _list(
            "policies.enforcement.ListEnforcements", "enforcements", enforcement_pb2.Enforcement
        ),
        "preventions": _list(
            "policies.prevention.ListPreventions", "preventions", enforcement_pb2.PreventionRecord
        ),
        "proposals": _list(
            "policies.proposal.ListProposals",
            "proposals",
            proposal_pb2.Proposal,
            asks=lambda _: {"page_size": _PAGE},
            keeps=_was_triggered_by,
        ),
        "lessons": _list(
            "policies.lesson.ListLessons",
            "lessons",
            lesson_pb2.Lesson,
            asks=lambda _: {"page_size": _PAGE},
            keeps=_is_of_run,
        ),
        "policies": _tenant_list("policies.policy.ListPolicies", "policies", policy_pb2.Policy),
        "switch": _one(
            "policies.governance.GetState",
            "",
            governance_service_pb2.GetStateResponse,
            asks=lambda _: {},
            of_tenant=True,
        ),
    },
    "incidents": {
        "incidents": _list("incidents.incident.ListIncidents", "incidents", incident_pb2.Incident),
        "violations": _list(
            "incidents.incident.ListViolations", "violations", incident_pb2.Violation
        ),
        "findings": _list("incidents.finding.ListFindings", "findings", finding_pb2.Finding),
        "alerts": _list("incidents.alert.ListAlerts", "alerts", alert_pb2.Alert),
    },
    "logs": {
        "run_records": _list(
            "logs.run_record.ListRunRecords", "records", run_record_pb2.LlmRunRecord
        ),
        "run_log": _list("logs.run_log.ListRunLogEvents", "events", run_log_pb2.RunLogEvent),
        "ledger_entries": _list(
            "logs.ledger.ListEntries", "entries", ledger_pb2.LedgerEntry, asks=_entries_of
        ),
        "ledger_of_tenant": _tenant_list(
            "logs.ledger.ListEntries", "entries", ledger_pb2.LedgerEntry
        ),
        "system_records": _tenant_list(
            "logs.system_record.ListSystemRecords", "records", system_record_pb2.SystemRecord
        ),
    },
    "orchestrator": {
        "run": _one("orchestrator.run.GetRun", "run", orchestrator_run_pb2.RunView),
        "saga": _one("orchestrator.saga.GetSaga", "saga", orchestrator_run_pb2.Saga),
        "proof": _one(
            "orchestrator.evidence.GetRunProof", "", evidence_service_pb2.GetRunProofResponse
        ),
        "explanation": _one(
            "orchestrator.evidence.ExplainRun", "", evidence_service_pb2.ExplainRunResponse
        ),
    },
}
