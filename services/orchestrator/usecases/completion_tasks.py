"""What each step of a completion does. The order stands in ``domain/run_completion.py``."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kernel.errors import Conflict, FailedPrecondition, NotFound, ServiceError
from kernel.identifiers import IncidentId, derived_id
from kernel.merkle import CompactRange
from services.orchestrator.domain.call_records import is_model_call, record_id
from services.orchestrator.domain.ending import ClosedGate, Ending, decide_ending
from services.orchestrator.domain.proposal_draft import draft_proposal
from services.orchestrator.domain.run_contract import (
    Acknowledgement,
    Expectation,
    RunContract,
    missing,
)
from services.orchestrator.domain.saga import Outcomes, Saga, Task
from services.orchestrator.usecases.audit_gaps import tell_missing
from services.orchestrator.usecases.desks import (
    CommittedRun,
    Desks,
    LedgerNote,
    ModelCall,
    Notes,
    RunEnd,
    Subject,
    TracedStep,
)

# What activity says of an end that a run cannot come to from where it is.
_ILLEGAL = "ILLEGAL_TRANSITION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A saga with everything that its tasks know."""

    saga: Saga
    contract: RunContract
    outcomes: Outcomes
    task: Task
    at: datetime

    @property
    def subject(self) -> Subject:
        """Whom the domains are asked about, under the key of the task."""
        return self.part("")

    def part(self, name: str) -> Subject:
        """The same under a key of its own, for one of several things that a task asks for."""
        return Subject(
            tenant_id=self.saga.tenant_id,
            run_id=self.saga.run_id,
            key=f"{self.task.key}/{name}" if name else self.task.key,
        )

    @property
    def ending(self) -> Ending:
        """How the run ends, as it was decided when its gate was closed."""
        return Ending(**self.outcomes["close_gate"]["ending"])

    @property
    def scenario(self) -> str:
        """The scenario that made the run, if one did."""
        return self.contract.synthetic_scenario_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a task came to."""

    outcome: Mapping[str, Any]
    acknowledged: tuple[Acknowledgement, ...] = ()


Work = Callable[[Progress], Awaitable[Done]]


class CompletionTasks:
    """The tasks by their names."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def __getitem__(self, name: str) -> Work:
        """The work of a task."""
        work: Work = getattr(self, name)
        return work

    async def begin_finalizing(self, progress: Progress) -> Done:
        """Let the run take no further step."""
        run = await self._desks.activity.finalize(progress.subject)
        return Done(outcome=asdict(run))

    async def reopen_run(self, progress: Progress) -> Done:
        """Take the run back to work, and say why."""
        why = progress.saga.last_error or "Its completion did not go through."
        await self._desks.activity.reopen(progress.subject, why)
        return Done(outcome={})

    async def close_gate(self, progress: Progress) -> Done:
        """Close the gate for good, and decide by what it had come to how the run ends."""
        gate = await self._desks.policies.close(progress.subject)
        ending = decide_ending(progress.saga.wish, progress.saga.cause, gate)
        facts = None if gate is None else asdict(gate)
        return Done(outcome={"gate": facts, "ending": asdict(ending)})

    async def reopen_gate(self, progress: Progress) -> Done:
        """Let the run take steps again."""
        await self._desks.policies.reopen(progress.subject)
        return Done(outcome={})

    async def append_records(self, progress: Progress) -> Done:
        """Keep a record of each model call, and find the step at which the run was halted."""
        if not progress.outcomes["begin_finalizing"]["step_count"]:
            return Done(outcome={"records": 0, "stopped_at_step": None})
        steps = await self._steps(progress)
        calls = [
            ModelCall(record_id=record_id(progress.saga, step, "call"), voids="", step=step)
            for step in steps
            if is_model_call(step)
        ]
        await self._append(progress, calls)
        gate = progress.outcomes["close_gate"]["gate"] or {}
        ended = [step.index for step in steps if step.step_id == gate.get("ended_at_step")]
        stopped = ended[0] if ended and gate["ended_at_step"] else None
        return Done(outcome={"records": len(calls), "stopped_at_step": stopped})

    async def void_records(self, progress: Progress) -> Done:
        """Void the records; none is ever deleted."""
        if not progress.outcomes.get("append_records", {}).get("records"):
            return Done(outcome={"records": 0})
        calls = [
            ModelCall(
                record_id=record_id(progress.saga, step, "void"),
                voids=record_id(progress.saga, step, "call"),
                step=step,
            )
            for step in await self._steps(progress)
            if is_model_call(step)
        ]
        await self._append(progress, calls)
        return Done(outcome={"records": len(calls)})

    async def commit(self, progress: Progress) -> Done:
        """Make the terminal status and the root over all steps durable: the pivot."""
        stopped = progress.outcomes["append_records"]["stopped_at_step"]
        run = await self._committed(progress, stopped)
        outcome = {**asdict(run), "completed_at": run.completed_at.isoformat()}
        reference = run.root_hash or "the run had no trace"
        return Done(
            outcome=outcome, acknowledged=(_ack(Expectation.ACTIVITY, reference, progress),)
        )

    async def _committed(self, progress: Progress, stopped: int | None) -> CommittedRun:
        activity = self._desks.activity
        if progress.outcomes["begin_finalizing"]["has_begun"]:
            return await activity.commit(progress.subject, progress.ending, stopped)
        # A worker may have begun it after we had looked and before its gate was closed.
        await activity.finalize(progress.part(f"begun/{progress.saga.attempts}"))
        try:
            return await activity.commit(progress.subject, progress.ending, stopped)
        except FailedPrecondition as error:
            if error.reason != _ILLEGAL:
                raise
            raise Conflict("The run was begun while it was completed.") from error

    async def conclude(self, progress: Progress) -> Done:
        """Let incidents say what the run came to."""
        end = RunEnd(
            ending=progress.ending,
            stopped_at_step=progress.outcomes["append_records"]["stopped_at_step"],
            completed_at=_completed_at(progress),
            synthetic_scenario_id=progress.scenario,
        )
        cases = await self._desks.incidents.conclude(progress.subject, end)
        named = [case.incident_id or case.prevention_id for case in cases]
        reference = ",".join(named) or "nothing to conclude"
        return Done(
            outcome={"cases": [asdict(case) for case in cases]},
            acknowledged=(_ack(Expectation.INCIDENTS, reference, progress),),
        )

    async def link(self, progress: Progress) -> Done:
        """Let the run and its trace name what they led to."""
        incidents = tuple(case["incident_id"] for case in _incidents(progress))
        facts = progress.outcomes["close_gate"]["gate"]
        risk = ClosedGate(**facts).risk_level if facts else ""
        if incidents or risk not in ("", "NORMAL"):
            notes = Notes(incident_ids=incidents, risk_level=risk)
            await self._desks.activity.note(progress.subject, notes)
        return Done(outcome={"incidents": list(incidents), "risk_level": risk})

    async def propose(self, progress: Progress) -> Done:
        """Propose rules that would have held the run earlier, for what was grave."""
        made = []
        for case in _incidents(progress):
            if case["severity"] not in ("HIGH", "CRITICAL"):
                continue
            incident_id = IncidentId(case["incident_id"])
            turned = await self._desks.incidents.inflection(progress.saga.tenant_id, incident_id)
            draft = draft_proposal(
                turned,
                category=case["category"],
                severity=case["severity"],
                signature=case["signature"],
            )
            if draft is not None:
                subject = progress.part(incident_id)
                proposal_id = await self._desks.policies.propose(
                    subject, incident_id, draft, scenario=progress.scenario
                )
                made.append(proposal_id)
        return Done(outcome={"proposals": made})

    async def audit(self, progress: Progress) -> Done:
        """Write one entry into the ledger that names everything that became of the run."""
        note = LedgerNote(
            entry_id=derived_id("led", progress.task.key, progress.saga.created_at),
            event_type="RUN_COMPLETED",
            after=_told(progress),
            occurred_at=_completed_at(progress),
        )
        try:
            sequence = await self._desks.logs.append_entry(progress.subject, note)
        except ServiceError:
            if progress.contract.audit_durability:
                raise
            # Whoever does not insist goes on without; the reconciliation says that it is missing.
            return Done(outcome={"sequence": None})
        return Done(
            outcome={"sequence": sequence},
            acknowledged=(_ack(Expectation.LOGS, str(sequence), progress),),
        )

    async def reconcile(self, progress: Progress) -> Done:
        """Compare what had to be acknowledged with what was, and the hashes with the steps."""
        gate = progress.outcomes["close_gate"]["gate"]
        root = gate["decisions_root"] if gate else "no gate was opened"
        policies = _ack(Expectation.POLICIES, root, progress)
        given = {Expectation.ACTIVITY, Expectation.POLICIES, Expectation.INCIDENTS}
        if progress.outcomes["audit"]["sequence"] is not None:
            given.add(Expectation.LOGS)
        absent = missing(frozenset(given))
        if absent:
            await tell_missing(self._desks.incidents, progress.contract, absent)
        intact = await self._is_intact(progress)
        if not intact:
            await self._desks.incidents.report(
                progress.part("integrity"),
                trigger="RECONCILIATION_GAP",
                category="INTEGRITY",
                detail="the root over the steps is not that of the sealed trace",
                scenario=progress.scenario,
            )
        notes = Notes(
            evidence_health="INCOMPLETE" if absent else "COMPLETE",
            integrity_status="VERIFIED" if intact else "BROKEN",
        )
        await self._desks.activity.note(progress.subject, notes)
        outcome = {"missing": [one.value for one in absent], "intact": intact}
        return Done(outcome=outcome, acknowledged=(policies,))

    async def _is_intact(self, progress: Progress) -> bool:
        committed = progress.outcomes["commit"]
        if not committed["root_hash"]:
            return not committed["step_count"]
        tree = CompactRange()
        if committed["step_count"]:
            for step in await self._steps(progress):
                if not step.late:
                    tree.append(step.leaf_hash)
        root: str = committed["root_hash"]
        return tree.root().hex() == root

    async def _steps(self, progress: Progress) -> list[TracedStep]:
        contract = progress.contract
        if not contract.trace_id:
            return []
        try:
            return list(await self._desks.activity.steps(contract.tenant_id, contract.trace_id))
        except NotFound:
            return []

    async def _append(self, progress: Progress, calls: list[ModelCall]) -> None:
        if calls:
            await self._desks.logs.append_records(
                progress.subject,
                calls,
                trace_id=progress.contract.trace_id,
                mode=progress.contract.mode,
                synthetic_scenario_id=progress.scenario,
            )


def _ack(expectation: Expectation, reference: str, progress: Progress) -> Acknowledgement:
    return Acknowledgement(expectation=expectation, reference=reference, at=progress.at)


def _completed_at(progress: Progress) -> datetime:
    return datetime.fromisoformat(progress.outcomes["commit"]["completed_at"])


def _incidents(progress: Progress) -> list[Mapping[str, Any]]:
    """The cases that came to incidents; a run that ended well is none."""
    return [
        case
        for case in progress.outcomes["conclude"]["cases"]
        if case["conclusion"] == "INCIDENT" and case["category"] != "EXECUTION_SUCCESS"
    ]


def _told(progress: Progress) -> dict[str, Any]:
    """What an auditor needs to find everything else."""
    outcomes, contract = progress.outcomes, progress.contract
    gate = outcomes["close_gate"]["gate"] or {}
    cases = outcomes["conclude"]["cases"]
    return {
        "run_id": contract.run_id,
        "saga_id": progress.saga.id,
        "cause": progress.saga.cause.value,
        "said_by": progress.saga.said_by,
        **{f"ending_{name}": value for name, value in asdict(progress.ending).items()},
        "trace_id": contract.trace_id,
        "trace_root": outcomes["commit"]["root_hash"],
        "step_count": outcomes["commit"]["step_count"],
        "decisions_root": gate.get("decisions_root", ""),
        "gate_state": gate.get("state", ""),
        "model_calls": outcomes["append_records"]["records"],
        "incidents": [case["incident_id"] for case in cases if case["incident_id"]],
        "preventions": [case["prevention_id"] for case in cases if case["prevention_id"]],
        "proposals": outcomes["propose"]["proposals"],
        "synthetic_scenario_id": progress.scenario,
    }
