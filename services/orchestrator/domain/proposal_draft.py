"""The rule that is proposed because of an incident: what would have held the run earlier."""

from dataclasses import dataclass

# A person is asked when this much of what was used up this time is used up.
_EARLIER_PERCENT = 80
_WORTH_A_RULE = frozenset({"HIGH", "CRITICAL"})
# What an incident measured, as the limit that would have noticed it.
_LIMITS = {
    "micro_usd": "COST_MICRO_USD",
    "micro_usd/minute": "BURN_RATE_MICRO_USD_PER_MINUTE",
    "tokens": "TOTAL_TOKENS",
    "calls": "CALLS",
    "steps": "STEPS",
    "ms": "DURATION_MS",
    "retrievals": "RAG_ACCESS",
    "queries": "DATABASE_QUERIES",
}
_DETECTORS = {
    "PII_DETECTED": "PII",
    "CONTENT_POLICY": "SECRETS",
    "SAFETY_VIOLATION": "SAFETY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflection:
    """Where the run of an incident turned."""

    title: str
    agent_id: str
    step_index: int | None
    value: int
    threshold: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDraft:
    """A rule for the agent of the run, in terms that policies understands."""

    name: str
    rationale: str
    agent_id: str
    signature: str
    pattern_id: str
    # Either a limit or a detector of contents.
    limit_type: str = ""
    maximum: int = 0
    detector: str = ""


def draft_proposal(
    inflection: Inflection, *, category: str, severity: str, signature: str
) -> ProposalDraft | None:
    """Return the rule that would have held the run earlier; None where no rule could."""
    if severity not in _WORTH_A_RULE or not inflection.agent_id:
        return None
    detector = _DETECTORS.get(category, "")
    limit_type = "" if detector else _LIMITS.get(inflection.unit, "")
    maximum = inflection.threshold * _EARLIER_PERCENT // 100
    if not detector and (not limit_type or maximum <= 0):
        # A failure that nothing measured: the steps that it took are what can be bounded.
        if not inflection.step_index:
            return None
        limit_type, maximum = "STEPS", inflection.step_index
    return ProposalDraft(
        name=f"Hold earlier: {inflection.title}"[:200],
        rationale=_rationale(inflection, limit_type, maximum),
        agent_id=inflection.agent_id,
        signature=signature,
        pattern_id=category,
        limit_type=limit_type,
        maximum=maximum,
        detector=detector,
    )


def _rationale(inflection: Inflection, limit_type: str, maximum: int) -> str:
    if not limit_type:
        return f"{inflection.title}. The rule holds the run where such content first appears."
    seen = f"{inflection.value:,} of {inflection.threshold:,} {inflection.unit}".strip()
    return (
        f"{inflection.title}. It had come to {seen}; at {maximum:,} a person is asked before the "
        "run goes on."
    )
