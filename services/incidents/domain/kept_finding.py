"""Findings as they are kept, and what may follow from them."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.errors import InvalidField
from kernel.identifiers import FindingId, PolicyId, TenantId, ViolationId, new_id
from kernel.inspection import without_pii, without_secrets
from services.incidents.domain.hallucination.finding import (
    DEFAULT_FLOOR,
    Finding,
    FindingType,
    may_block,
)
from services.incidents.domain.incident import KeptTexts
from services.incidents.domain.violation import Violation

_LONGEST_PASSAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """A policy whose runs may be held by findings that are at least this sure."""

    policy_id: PolicyId
    floor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """From where on a tenant keeps findings, and which of them may hold runs."""

    tenant_id: TenantId
    floor: float = DEFAULT_FLOOR
    # None to begin with: a guess holds nobody unless somebody asked for it (INV-002).
    opt_ins: tuple[OptIn, ...] = ()
    revision: int = 0

    @property
    def id(self) -> str:
        """What the ledger calls it."""
        return f"{self.tenant_id}/detector"

    def blocks(self, finding: Finding, policy_ids: tuple[str, ...]) -> bool:
        """Whether a finding may hold a run that these policies govern."""
        floors = [one.floor for one in self.opt_ins if one.policy_id in policy_ids]
        floor = min(floors, default=None)
        return may_block(finding, opt_in=bool(floors), floor=floor)


def require_distinct(opt_ins: tuple[OptIn, ...]) -> None:
    """Refuse settings that say two things about one policy.

    Raises:
        InvalidField: they do.
    """
    seen: set[str] = set()
    for place, one in enumerate(opt_ins):
        if one.policy_id in seen:
            raise InvalidField.named(
                f"opt_ins[{place}].policy_id", f"{one.policy_id} is there twice; name it once"
            )
        seen.add(one.policy_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """A finding on disk."""

    id: FindingId
    tenant_id: TenantId
    violation_id: ViolationId
    run_id: str
    step_index: int
    finding: Finding
    blocking: bool
    created_at: datetime
    synthetic_scenario_id: str = ""

    @classmethod
    def of(
        cls, finding: Finding, violation: Violation, *, blocking: bool, texts: KeptTexts
    ) -> "KeptFinding":
        """The finding with as much of the output as the run's constraints let be kept."""
        return cls(
            id=FindingId(new_id("fnd")),
            tenant_id=violation.tenant_id,
            violation_id=violation.id,
            run_id=violation.run_id,
            step_index=violation.measured.step_index or 0,
            finding=kept(finding, texts),
            blocking=blocking,
            created_at=violation.created_at,
            synthetic_scenario_id=violation.synthetic_scenario_id,
        )


def kept(finding: Finding, texts: KeptTexts) -> Finding:
    """A finding without what may not be kept of the output; its reason quotes it as well."""
    if not texts.responses:
        words = finding.type.replace("_", " ").lower()
        return replace(finding, passage="", reason=f"{words.capitalize()} in the output.")
    passage, reason = finding.passage[:_LONGEST_PASSAGE], finding.reason
    if not texts.personal_data:
        passage, reason = without_pii(passage), without_pii(reason)
    if not texts.secrets:
        passage, reason = without_secrets(passage), without_secrets(reason)
    return replace(finding, passage=passage, reason=reason)


def told(findings: tuple[Finding, ...]) -> str:
    """What was found, in a few words without any of the output: `2 misquotes, 1 unknown link`."""
    counts = Counter(one.type for one in findings)
    return ", ".join(f"{count} {_words(kind, count)}" for kind, count in counts.most_common())


def _words(kind: FindingType, count: int) -> str:
    words = kind.replace("_", " ").lower()
    if kind is FindingType.JUDGED:
        return "objections of the judge" if count > 1 else "objection of the judge"
    return f"{words}s" if count > 1 else words
