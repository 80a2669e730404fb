"""What a finding may do, where it stands, and what is said where nothing was retrieved."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incidents.domain.hallucination import finding as finding_module
from services.incidents.domain.hallucination.detector import Report, detect
from services.incidents.domain.hallucination.finding import (
    DEFAULT_FLOOR,
    NEED_DOCUMENTS,
    Finding,
    FindingType,
    confidence,
    may_block,
    shown,
)
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

DOCUMENT = Document(id="doc-7", title="Report", text="Sales rose by 24% in Oslo. Costs fell by 3%.")
FINDING = Finding(
    type=FindingType.MISQUOTE, passage="x", start=0, end=1, reason="because", confidence=0.9
)
SHARES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, DEFAULT_FLOOR, 1.0]))


def report(text: str, *documents: Document, goal: str = "", floor: float = DEFAULT_FLOOR) -> Report:
    sources = Sources(documents, goal=goal)
    return detect(Output(step_index=3, text=text), sources=sources, floor=floor)


def blocks_only_as_agreed(
    kind: FindingType, sure: float, opt_in: bool, floor: float | None
) -> None:
    blocked = finding_module.may_block(
        replace(FINDING, type=kind, confidence=sure), opt_in=opt_in, floor=floor
    )
    assert blocked == (opt_in and floor is not None and sure >= floor)


@pytest.mark.invariant("I-16")
@pytest.mark.gap("GAP-023")
@given(st.sampled_from(FindingType), SHARES, st.booleans(), st.none() | SHARES)
def test_a_finding_blocks_only_with_an_opt_in_a_floor_and_that_confidence(
    kind: FindingType, sure: float, opt_in: bool, floor: float | None
) -> None:
    blocks_only_as_agreed(kind, sure, opt_in, floor)


@pytest.mark.invariant("I-16")
@given(st.sampled_from(FindingType), st.none() | SHARES)
def test_without_an_opt_in_even_certainty_does_not_block(
    kind: FindingType, floor: float | None
) -> None:
    certain = replace(FINDING, type=kind, confidence=1.0)
    assert not may_block(certain, opt_in=False, floor=floor)


@pytest.mark.parametrize("floor", [None, float("nan")])
def test_a_floor_that_is_none_is_never_reached(floor: float | None) -> None:
    assert not may_block(replace(FINDING, confidence=1.0), opt_in=True, floor=floor)


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(
    "lax",
    [
        lambda finding, *, opt_in, floor: finding.confidence >= (floor or 0),
        lambda finding, *, opt_in, floor: opt_in,
        lambda finding, *, opt_in, floor: opt_in and finding.confidence > (floor or 0),
    ],
    ids=["opt-in ignored", "floor ignored", "no floor taken for none, reached for passed"],
)
def test_mutant_a_laxer_rule_blocks_what_was_not_agreed(
    lax: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_module, "may_block", lax)
    wrong = 0
    for opt_in in (False, True):
        for floor in (None, 0.0, 0.5, 1.0):
            for sure in (0.0, 0.5, 1.0):
                try:
                    blocks_only_as_agreed(FindingType.JUDGED, sure, opt_in, floor)
                except AssertionError:
                    wrong += 1
    assert wrong


@given(st.floats(0, 1), st.lists(st.floats(0, 1), max_size=4))
def test_each_doubt_makes_less_sure_and_confidence_stays_a_share(
    start: float, doubts: list[float]
) -> None:
    assert 0 <= confidence(start, *doubts) <= round(start, 2)


def test_a_finding_says_where_why_and_how_sure() -> None:
    [found] = report("Well: sales rose by 42% in Oslo.", DOCUMENT).findings
    assert (found.type, found.passage) == (FindingType.UNSUPPORTED_FIGURE, "42%")
    assert found.reason == (
        "42% appears nowhere in the document that this run retrieved; the nearest is 24% in doc-7."
    )
    assert (found.document_id, found.confidence) == ("doc-7", 0.95)


@pytest.mark.parametrize("before", ["", "\u200b\u200b", "\ufeff“”", "e\u0301 ", "😀 ", "\x00"])
def test_offsets_are_those_of_the_text_as_it_was_written(before: str) -> None:
    text = f"{before}Sales rose by\u00a042\u202f% in Os\u00adlo."
    for found in report(text, DOCUMENT).findings:
        assert text[found.start : found.end] == found.passage == "42\u202f%"


def test_what_is_below_the_floor_is_kept_apart() -> None:
    text = "Sales rose by 42% in Oslo. They might have fallen by 17% there."
    usual, strict, lax = (report(text, DOCUMENT, floor=floor) for floor in (0.5, 1.0, 0.0))
    assert [one.passage for one in usual.findings] == ["42%"]
    assert [one.passage for one in usual.doubtful] == ["17%"]
    assert (strict.findings, lax.doubtful) == ((), ())
    assert {*strict.doubtful} == {*lax.findings} == {*usual.findings, *usual.doubtful}


def test_without_documents_only_dates_and_contradictions_are_looked_at_and_that_is_said() -> None:
    text = "Peter Aldgate paid 42% on 31 April 2021 (Smith 2020): “as we all agreed on” https://x.test/y"
    empty = report(text)
    assert [one.type for one in empty.findings] == [FindingType.IMPOSSIBLE_DATE]
    assert empty.doubtful == ()
    assert empty.unchecked == NEED_DOCUMENTS
    assert empty.remarks
    full = report(text, DOCUMENT)
    assert {one.type for one in full.findings} > {FindingType.IMPOSSIBLE_DATE}
    assert (full.unchecked, full.remarks) == (frozenset(), ())


def test_the_same_output_gives_the_same_report() -> None:
    text = "Peter Aldgate said “we all agreed on that” and paid 42% [7]."
    assert report(text, DOCUMENT) == report(text, DOCUMENT)


@pytest.mark.parametrize("text", ["a\ud800b", "x" * 500, "a\nb\tc\x00", "\u202eabc"])
def test_reasons_are_short_single_lines_that_can_be_encoded(text: str) -> None:
    line = shown(text)
    assert len(line) <= 80
    assert line.isprintable()
    assert line.encode()
