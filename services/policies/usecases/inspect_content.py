"""Look at what a step would say or says, by the content rules that apply to it.

Looking takes longer than deciding and must not hold what decisions wait for: it is done before, and
beside the event loop. What was not looked at in time is a fault of each policy that wanted it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from kernel.clock import Clock
from services.policies.domain.content import DETECTOR_FAILED, DETECTOR_TIMEOUT, DetectorFailed
from services.policies.domain.decision import ContentFinding, Facts, Fault
from services.policies.domain.expression_machine import StillTime
from services.policies.domain.passage import Passage
from services.policies.domain.policy_body import ContentRule, Detector
from services.policies.domain.program import ContentCheck

# Says what a rule finds in a passage: kinds, never the text.
Detect = Callable[[ContentRule, Passage, StillTime], Sequence[str]]
# Says which of these categories a classifier sees in a text.
Classify = Callable[[str, Sequence[str]], Awaitable[Sequence[str]]]
# Runs work beside the event loop; raises `TimeoutError` when it takes longer than so many seconds.
Beside = Callable[..., Awaitable["_Seen"]]

# Characters times terms below which a look costs less than going to another thread. What a regular
# expression costs depends on who wrote it, so it counts as many terms.
_QUICK = 20_000
_TERMS_OF_AN_EXPRESSION = 300
# A look watches the clock itself; this is for the way there and back.
_GRACE_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was seen in a text, by the rules of which snapshot."""

    content_hash: str
    found: tuple[ContentFinding, ...] = ()
    faults: tuple[Fault, ...] = ()

    def added_to(self, facts: Facts) -> Facts:
        """The facts with what was seen."""
        return replace(facts, content=self.found, faults=(*facts.faults, *self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    found: tuple[ContentFinding, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """Looks at texts."""

    detect: Detect
    beside: Beside
    clock: Clock
    seconds: float
    classify: Classify

    async def inspect(
        self, passage: Passage, checks: Sequence[ContentCheck], *, content_hash: str
    ) -> Inspected:
        """Look at a passage by all rules of these policies."""
        seen = await self._seen(passage, checks)
        judged = await self._judged(passage, checks)
        return Inspected(
            content_hash=content_hash,
            found=(*seen.found, *judged.found),
            faults=tuple(sorted({*seen.faults, *judged.faults})),
        )

    async def _seen(self, passage: Passage, checks: Sequence[ContentCheck]) -> _Seen:
        """What the detectors see."""

        def look() -> _Seen:
            # Counted from when it begins: a queue before it is no fault of the text.
            end = self.clock.monotonic() + self.seconds
            return self._look(passage, checks, lambda: self.clock.monotonic() < end)

        if len(passage.text) * _weight(checks) <= _QUICK:
            return look()
        try:
            return await self.beside(look, seconds=self.seconds + _GRACE_SECONDS)
        except TimeoutError:
            return _Seen(faults=tuple(_fault(check, DETECTOR_TIMEOUT) for check in checks))

    def _look(
        self, passage: Passage, checks: Sequence[ContentCheck], still_time: StillTime
    ) -> _Seen:
        found: list[ContentFinding] = []
        faults: list[Fault] = []
        for check, rule in _rules(checks, of_classifier=False):
            try:
                kinds = self.detect(rule, passage, still_time)
            except DetectorFailed as failure:
                faults.append(_fault(check, str(failure)))
            else:
                found += [_finding(check, rule, kind) for kind in kinds]
        return _Seen(found=tuple(found), faults=tuple(faults))

    async def _judged(self, passage: Passage, checks: Sequence[ContentCheck]) -> _Seen:
        """What the classifier says, asked once for all categories that anybody named."""
        rules = list(_rules(checks, of_classifier=True))
        if not rules:
            return _Seen()
        wanted = sorted({category for _, rule in rules for category in rule.terms})
        try:
            named = set(await self.classify(passage.text, wanted))
        except DetectorFailed as failure:
            return _Seen(faults=tuple(_fault(check, str(failure)) for check, _ in rules))
        except TimeoutError:
            return _Seen(faults=tuple(_fault(check, DETECTOR_TIMEOUT) for check, _ in rules))
        except Exception:  # noqa: BLE001 - whatever a plug-in raises, it has not looked
            return _Seen(faults=tuple(_fault(check, DETECTOR_FAILED) for check, _ in rules))
        return _Seen(
            found=tuple(
                _finding(check, rule, category)
                for check, rule in rules
                for category in rule.terms
                if category in named
            )
        )


def _rules(
    checks: Sequence[ContentCheck], *, of_classifier: bool
) -> list[tuple[ContentCheck, ContentRule]]:
    return [
        (check, rule)
        for check in checks
        for rule in check.rules
        if (rule.detector is Detector.SAFETY) is of_classifier
    ]


def _weight(checks: Sequence[ContentCheck]) -> int:
    return sum(
        max(len(rule.terms), 1)
        * (_TERMS_OF_AN_EXPRESSION if rule.detector is Detector.EXPRESSIONS else 1)
        for check in checks
        for rule in check.rules
    )


def _finding(check: ContentCheck, rule: ContentRule, kind: str) -> ContentFinding:
    return ContentFinding(
        policy_id=check.policy_id,
        rule_name=rule.name,
        detail=kind,
        policy_version=check.policy_version,
    )


def _fault(check: ContentCheck, name: str) -> Fault:
    return Fault(check.policy_id, name, check.shadow)
