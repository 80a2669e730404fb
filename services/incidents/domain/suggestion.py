"""What a responder could do next."""

from dataclasses import dataclass

from services.incidents.domain.incident import Incident
from services.incidents.domain.kinds import Category, TriggerType


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing to do."""

    code: str
    text: str


def _suggest(code: str, text: str) -> Suggestion:
    return Suggestion(code=code, text=text)


_READ_TRACE = _suggest(
    "read_trace", "Read the steps before the turn; the last failed one names why."
)
_RETRY = _suggest("retry_run", "Start the run again if the cause was outside: a time-out, a rate.")
_RAISE = _suggest("raise_limit", "Raise the limit by a new version of the policy, on trial first.")
_OVERRIDE = _suggest("open_override", "Open a time-boxed override if this run has to go on now.")
_MASK = _suggest("mask_source", "Mask the data at its source, so that it never reaches a model.")
_REPORT = _suggest("report_breach", "Tell whoever answers for personal data; a deadline may run.")
_TEST = _suggest(
    "test_rule", "Try the text with `aos policy test`; narrow the rule if it was wrong."
)
_REVIEW = _suggest("review_output", "Compare the passage with what the run retrieved, then decide.")
_GROUND = _suggest("ground_answer", "Let the agent cite what it retrieved, and retrieve more.")
_COMPARE = _suggest("compare_runs", "Compare with the agent's runs before: prompt, model or input?")
_VERIFY = _suggest(
    "verify_ledger", "Export the run and verify it with `aos verify`; keep the bundle."
)
_DOCTOR = _suggest("run_doctor", "Run `aos doctor` and look at the part that is named.")
_REVOKE = _suggest("revoke_key", "Revoke the key that was used, and look at what else it did.")
_QUARANTINE = _suggest(
    "review_tool", "Compare the tool's old and new definition before approving it."
)
_SLOW_DOWN = _suggest(
    "slow_down", "Let the agent wait between its calls, or give it a wider window."
)
_THAW = _suggest(
    "thaw_budget", "Raise the frozen budget's cap only after the overrun is explained."
)

_BY_CATEGORY: dict[Category, tuple[Suggestion, ...]] = {
    Category.EXECUTION_FAILURE: (_READ_TRACE, _RETRY),
    Category.BUDGET_EXCEEDED: (_READ_TRACE, _RAISE, _OVERRIDE),
    Category.RATE_LIMIT: (_SLOW_DOWN, _RAISE),
    Category.TOKEN_LIMIT: (_READ_TRACE, _RAISE, _OVERRIDE),
    Category.CONTENT_POLICY: (_TEST, _READ_TRACE),
    Category.PII_DETECTED: (_REPORT, _MASK, _TEST),
    Category.SAFETY_VIOLATION: (_READ_TRACE, _TEST),
    Category.HALLUCINATION: (_REVIEW, _GROUND),
    Category.EXECUTION_SUCCESS: (),
    Category.COST_ANOMALY: (_COMPARE, _READ_TRACE),
    Category.AUDIT_GAP: (_VERIFY, _DOCTOR),
    Category.INTEGRITY: (_VERIFY, _DOCTOR),
    Category.LIVENESS: (_DOCTOR,),
    Category.ACCESS_VIOLATION: (_REVOKE, _VERIFY),
    Category.CONNECTOR_CHANGE: (_QUARANTINE,),
}


def suggestions_for(incident: Incident) -> tuple[Suggestion, ...]:
    """What to do next, the most useful first."""
    usual = _BY_CATEGORY[incident.category]
    return (_THAW, *usual) if incident.trigger_type is TriggerType.BUDGET_OVERRUN else usual
