"""A run in one sentence: what became of it, and why. Pure."""

from collections.abc import Callable

from services.orchestrator.domain.chain_facts import (
    ChainFacts,
    CompletionFact,
    DecisionFact,
    FindingFact,
)

_HALTS = {"STOPPED": "Stopped", "KILLED": "Killed"}
_HALTING = ("STOP", "KILL")
_SILENT = ("STALE", "ORPHANED")


def summary(facts: ChainFacts) -> str:
    """The sentence, and what it may have been told without."""
    sentence = f"{_what_became(facts)}{_consequences(facts)}."
    if facts.truncated:
        sentence += f" There is more than is told here of: {', '.join(facts.truncated)}."
    return sentence


def deciding(facts: ChainFacts) -> DecisionFact | None:
    """The last decision that halted the run, or that holds it; None if none did."""
    actions = ("PAUSE",) if facts.run.status == "PAUSED" else _HALTING
    found = [
        one
        for one in facts.decisions
        if one.action in actions and not one.is_at_gate and one.finding is not None
    ]
    return found[-1] if found else None


def measured(finding: FindingFact) -> str:
    """What a finding measured, in brackets; nothing where there was nothing to measure."""
    if finding.limit_type:
        return f" ({finding.limit_type} {finding.value} of {finding.threshold})"
    return f" ({finding.detail})" if finding.detail else ""


def _what_became(facts: ChainFacts) -> str:
    run = facts.run
    told: dict[str, Callable[[], str]] = {
        "QUEUED": lambda: "Waits to begin",
        "RETRY": lambda: "Waits for another try",
        "RUNNING": lambda: _running(facts),
        "PAUSED": lambda: f"Paused{_after(facts)}{_by_whom(facts)}",
        "SUCCEEDED": lambda: f"Succeeded{_after(facts)}",
        "FAILED_POLICY": lambda: f"{_halt(facts)}{_where(facts)}{_by_whom(facts)}",
        "CANCELLED": lambda: _cancelled(facts),
        "FAILED": lambda: f"Failed{_after(facts)} ({_why(facts)})",
    }
    known = told.get(run.status)
    return known() if known else f"Is {run.status}"


def _running(facts: ChainFacts) -> str:
    if facts.completion is not None:
        return f"Is being completed{_after(facts)}{_stuck(facts.completion)}"
    return f"Runs{_after(facts)}" if facts.run.step_count else "Runs, without a step yet"


def _stuck(completion: CompletionFact) -> str:
    if completion.state != "PARKED":
        return ""
    return f"; the completion waits for a person ({completion.last_error})"


def _cancelled(facts: ChainFacts) -> str:
    gate = facts.gate
    if gate is not None and gate.state in _HALTS:
        reason = f" ({gate.reason})" if gate.reason else ""
        return f"{_halt(facts)}{_after(facts)} by {gate.changed_by}{reason}"
    by = facts.completion.said_by if facts.completion else ""
    return f"Cancelled{_after(facts)}{f' by {by}' if by else ''}"


def _halt(facts: ChainFacts) -> str:
    return _HALTS.get(facts.gate.state if facts.gate else "", "Stopped")


def _where(facts: ChainFacts) -> str:
    if facts.run.stopped_at_step is not None:
        return f" at step {facts.run.stopped_at_step}"
    return " before its first step" if not facts.run.step_count else _after(facts)


def _by_whom(facts: ChainFacts) -> str:
    decision = deciding(facts)
    if decision is not None and decision.finding is not None:
        finding = decision.finding
        return f" by {facts.policy(finding.policy_id)}{measured(finding)}"
    if facts.run.violation_policy_id:
        return f" by {facts.policy(facts.run.violation_policy_id)}"
    return f" by {facts.gate.changed_by}" if facts.gate and facts.gate.changed_by else ""


def _why(facts: ChainFacts) -> str:
    if facts.completion is not None and facts.completion.cause in _SILENT:
        return f"{facts.run.reason}: nobody was heard of any more"
    return facts.run.reason or "nobody said why"


def _after(facts: ChainFacts) -> str:
    count = facts.run.step_count
    return f" after {count} step{'' if count == 1 else 's'}"


def _consequences(facts: ChainFacts) -> str:
    said = [f"incident {one.id} {one.severity}" for one in facts.incidents]
    said += [f"prevented by {facts.policy(one.policy_id)} ({one.id})" for one in facts.preventions]
    said += [f"proposal {one.id} {one.state.lower()}" for one in facts.proposals]
    return f": {', '.join(said)}" if said else ""
