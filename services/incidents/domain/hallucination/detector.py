"""All checks over one output, and what comes of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.incidents.domain.hallucination.check_claims import unsupported_claims
from services.incidents.domain.hallucination.check_contradictions import contradictions
from services.incidents.domain.hallucination.check_dates import impossible_dates
from services.incidents.domain.hallucination.check_figures import unsupported_figures
from services.incidents.domain.hallucination.check_known_dates import (
    unsupported_dates,
    unsupported_moments,
)
from services.incidents.domain.hallucination.check_names import unsupported_names
from services.incidents.domain.hallucination.check_pointers import (
    unknown_citations,
    unknown_links,
)
from services.incidents.domain.hallucination.check_quotes import misquotes
from services.incidents.domain.hallucination.check_turned_figures import turned_figures
from services.incidents.domain.hallucination.examination import Examination, examination_of
from services.incidents.domain.hallucination.finding import (
    DEFAULT_FLOOR,
    NEED_DOCUMENTS,
    Finding,
    FindingType,
)
from services.incidents.domain.hallucination.material import Output
from services.incidents.domain.hallucination.sources import Sources

Check = Callable[[Examination], Iterator[Finding]]
# Those that need no document come first; a claim is looked at last, as it is the vaguest.
WITHOUT_DOCUMENTS: tuple[Check, ...] = (impossible_dates, contradictions)
BESIDE_DOCUMENTS: tuple[Check, ...] = (
    unsupported_figures,
    unsupported_dates,
    unsupported_moments,
    unsupported_names,
    misquotes,
    unknown_citations,
    unknown_links,
    turned_figures,
    unsupported_claims,
)
_VAGUE = {FindingType.UNSUPPORTED_CLAIM, FindingType.CONTRADICTION}
_NOTHING_RETRIEVED = (
    "The run retrieved no document: figures, names, quotes, citations, links and claims were not "
    "checked."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in an output, and what was not looked for."""

    # In the order in which they stand in the output.
    findings: tuple[Finding, ...]
    # What is below the floor: kept for whoever wants to look, and nothing follows from it.
    doubtful: tuple[Finding, ...]
    floor: float
    unchecked: frozenset[FindingType] = frozenset()
    remarks: tuple[str, ...] = ()


def detect(
    output: Output,
    *,
    sources: Sources,
    earlier: tuple[Output, ...] = (),
    floor: float = DEFAULT_FLOOR,
) -> Report:
    """Look for what an output says without support; of whatever text, this gives an answer."""
    examination = examination_of(output, sources=sources, earlier=earlier)
    checks = WITHOUT_DOCUMENTS + (BESIDE_DOCUMENTS if sources.count else ())
    found = [finding for check in checks for finding in check(examination)]
    empty = Report(
        findings=(),
        doubtful=(),
        floor=floor,
        unchecked=frozenset() if sources.count else NEED_DOCUMENTS,
        remarks=() if sources.count else (_NOTHING_RETRIEVED,),
    )
    return sorted_report(_once(found, len(output.text)), empty)


def sorted_report(found: Iterable[Finding], report: Report) -> Report:
    """A report like this one with these findings, parted by its floor."""
    ordered = sorted(found, key=lambda one: (one.start, one.end, one.type))
    return Report(
        findings=tuple(one for one in ordered if one.confidence >= report.floor),
        doubtful=tuple(one for one in ordered if one.confidence < report.floor),
        floor=report.floor,
        unchecked=report.unchecked,
        remarks=report.remarks,
    )


def _once(found: list[Finding], length: int) -> Iterator[Finding]:
    """Without the vaguer finding of the same: a date that cannot be is not unknown as well."""
    impossible, precise = bytearray(length), bytearray(length)
    for one in found:
        if one.type is FindingType.IMPOSSIBLE_DATE:
            impossible[one.start : one.end] = bytes([1]) * (one.end - one.start)
        if one.type not in _VAGUE:
            precise[one.start : one.end] = bytes([1]) * (one.end - one.start)
    rivals = {
        FindingType.UNSUPPORTED_FIGURE: impossible,
        FindingType.UNSUPPORTED_CLAIM: precise,
    }
    for one in found:
        rival = rivals.get(one.type)
        if rival is None or not any(rival[one.start : one.end]):
            yield one
