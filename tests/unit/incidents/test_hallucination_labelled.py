"""How right the detector is about the labelled outputs, and that the figure can tell."""

import json

import pytest

from bench.hallucination_cases import (
    DEVELOPED,
    FOLDER,
    HELD_OUT,
    Case,
    Label,
    Score,
    Scores,
    cases_of,
    scores_of,
)
from services.incidents.domain.hallucination import check_figures, detector, surroundings
from services.incidents.domain.hallucination.detector import detect
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

PRECISION, RECALL = 0.9, 0.9


@pytest.fixture(scope="module")
def everything() -> list[Case]:
    return [*cases_of(DEVELOPED), *cases_of(HELD_OUT)]


def test_the_set_is_large_and_half_of_it_is_clean(everything: list[Case]) -> None:
    clean = sum(not case.labels for case in everything)
    assert len(everything) >= 140
    assert 0.45 <= clean / len(everything) <= 0.56
    assert len(cases_of(HELD_OUT)) >= 0.3 * len(everything)
    assert len({case.id for case in everything}) == len(everything)
    labelled = {label.type for case in everything for label in case.labels}
    assert labelled == {*FindingType} - {FindingType.JUDGED}


def test_labels_stand_once_in_their_outputs(everything: list[Case]) -> None:
    for case in everything:
        for label in case.labels:
            assert case.output.text.count(label.passage) == 1, case.id


def test_what_was_held_out_shares_no_document_with_what_was_developed_with() -> None:
    documents = [
        {document.id for case in cases_of(split) for document in case.documents}
        for split in (DEVELOPED, HELD_OUT)
    ]
    assert documents[0].isdisjoint(documents[1])


@pytest.mark.gap("GAP-023")
@pytest.mark.parametrize("split", [DEVELOPED, HELD_OUT])
def test_findings_at_the_default_floor_are_mostly_right(split: str) -> None:
    overall = scores_of(cases_of(split)).overall
    assert overall.precision >= PRECISION
    assert overall.recall >= RECALL


def test_a_document_beside_itself_has_no_finding() -> None:
    for line in (FOLDER / "documents.jsonl").read_text().splitlines():
        document = Document(**json.loads(line))
        output = Output(step_index=0, text=document.text)
        assert detect(output, sources=Sources([document], goal="")).findings == (), document.id


@pytest.mark.parametrize("check", detector.WITHOUT_DOCUMENTS + detector.BESIDE_DOCUMENTS)
def test_mutant_each_check_is_needed(
    check: detector.Check, everything: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scores_of(everything).overall
    for name in ("WITHOUT_DOCUMENTS", "BESIDE_DOCUMENTS"):
        rest = tuple(one for one in getattr(detector, name) if one is not check)
        monkeypatch.setattr(detector, name, rest)
    assert scores_of(everything).overall.found < before.found


def test_mutant_without_arithmetic_computed_figures_are_taken_for_invented(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check_figures, "derivation_of", lambda *_: None)
    assert scores_of(cases_of(DEVELOPED)).overall.precision < PRECISION


def test_mutant_without_looking_around_nothing_can_be_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = surroundings.Surroundings()
    monkeypatch.setattr(check_figures, "surroundings_of", lambda *_, **__: nothing)
    assert scores_of(cases_of(DEVELOPED)).overall.precision < PRECISION


def case_with(*labels: Label) -> Case:
    output = Output(step_index=0, text="It costs 42% in Oslo.")
    return Case(id="one", goal="", documents=(), earlier=(), output=output, labels=labels)


def finding(kind: FindingType, start: int, end: int) -> Finding:
    passage = "It costs 42% in Oslo."[start:end]
    return Finding(type=kind, passage=passage, start=start, end=end, reason="", confidence=1)


FIGURE = Label(type=FindingType.UNSUPPORTED_FIGURE, passage="42%")


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ([(FindingType.UNSUPPORTED_FIGURE, 9, 12)], Score(right=1, found=1)),
        ([(FindingType.UNSUPPORTED_FIGURE, 0, 10)], Score(right=1, found=1)),
        ([(FindingType.UNSUPPORTED_FIGURE, 16, 20)], Score(wrong=1, missed=1)),
        ([(FindingType.UNSUPPORTED_NAME, 9, 12)], Score(wrong=1, missed=1)),
        ([], Score(missed=1)),
    ],
    ids=["exact", "overlapping", "elsewhere", "of another type", "nothing"],
)
def test_a_finding_is_right_only_with_its_type_and_its_place(
    found: list[tuple[FindingType, int, int]], score: Score
) -> None:
    scores = Scores()
    scores.add(case_with(FIGURE), [finding(*one) for one in found])
    assert scores.overall == score


def test_a_finding_in_a_clean_output_is_wrong() -> None:
    scores = Scores()
    scores.add(case_with(), [finding(FindingType.UNSUPPORTED_FIGURE, 9, 12)])
    assert (scores.overall.precision, scores.overall.recall) == (0.0, 1.0)
