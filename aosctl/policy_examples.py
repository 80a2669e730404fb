"""What a policy does about example steps, decided here by the very rules of the plane."""

from dataclasses import dataclass

from aosctl.policy_documents import Example, PolicyDocument
from kernel.identifiers import PolicyId
from services.policies.domain.content import DetectorFailed, detect
from services.policies.domain.counting import METRICS
from services.policies.domain.decide import decide
from services.policies.domain.decision import (
    ContentFinding,
    Facts,
    Fault,
    Finding,
    Verdict,
)
from services.policies.domain.output import output_table
from services.policies.domain.passage import Passage
from services.policies.domain.policy_body import BindAt, ContentRule, Detector
from services.policies.domain.program import ContentCheck, RuleTable, compiled
from services.policies.domain.snapshot import AppliedPolicy, Mode

_ID = PolicyId("pol_00000000000000000000000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOutcome:
    """What was expected, what is decided, and why."""

    example: Example
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it is as expected."""
        expected = self.example
        reason = "" if self.verdict.winner is None else self.verdict.winner.limit_name
        return self.verdict.action is expected.expect and expected.because in ("", reason)

    @property
    def why(self) -> str:
        """What decided, in words."""
        if self.verdict.winner is None:
            return "no rule has anything to say"
        return _told(self.verdict.winner)


def run_examples(document: PolicyDocument) -> list[ExampleOutcome]:
    """Decide every example of a policy."""
    applied = AppliedPolicy(policy_id=_ID, version=1, mode=Mode.ENFORCED, body=document.body)
    program = compiled([applied], content_hash="")
    moment = document.precedence.bind_at
    first_token = moment is BindAt.FIRST_TOKEN
    table = output_table(program, beyond=False) if first_token else program.at[moment]
    return [
        ExampleOutcome(example=example, verdict=_verdict(example, table, moment))
        for example in document.examples
    ]


def _verdict(example: Example, table: RuleTable, moment: BindAt) -> Verdict:
    step = example.step
    facts = Facts(
        kind=step.kind,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_micro_usd=step.cost_micro_usd,
        plane_id=step.plane_id,
        moment=moment,
    )
    used = [example.used.get(rule.limit_name, 0) for rule in table.rules]
    for place in table.accesses:
        allowed = table.rules[place].allowed_planes
        used[place] = int(bool(step.plane_id) and step.plane_id not in allowed)
    found, faults = _seen(example, table.content)
    facts.content, facts.faults = tuple(found), tuple(faults)
    # At the start a run needs room for one more of everything; later the step says what it needs.
    at_start = moment is BindAt.RUN_START
    amounts = (1,) * (METRICS - 1) + (0,) if at_start else facts.amounts
    return decide(table, used, facts, amounts)


def _seen(
    example: Example, checks: tuple[ContentCheck, ...]
) -> tuple[list[ContentFinding], list[Fault]]:
    found: list[ContentFinding] = []
    faults: list[Fault] = []
    for check in checks:
        for rule in check.rules:
            try:
                kinds = _kinds(rule, example)
            except DetectorFailed as failure:
                faults.append(Fault(check.policy_id, str(failure)))
                continue
            found += [
                ContentFinding(
                    policy_id=check.policy_id,
                    rule_name=rule.name,
                    detail=kind,
                    policy_version=check.policy_version,
                )
                for kind in kinds
            ]
    return found, faults


def _kinds(rule: ContentRule, example: Example) -> list[str]:
    if rule.detector is Detector.SAFETY:
        return [one for one in rule.terms if one in example.step.safety_categories]
    if not example.step.content:
        return []
    return list(detect(rule, Passage(text=example.step.content), lambda: True))


def _told(finding: Finding) -> str:
    if finding.limit_type is None:
        return f"{finding.limit_name or 'a fault'} found {finding.detail}"
    stands = f"{finding.limit_name} would stand at {finding.value:,} of {finding.threshold:,}"
    return f"{stands} ({finding.proximity_percent} %)"
