"""A judge is asked only if handed in, and never costs the findings of the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from services.incidents.domain.hallucination.detector import Report, detect
from services.incidents.domain.hallucination.finding import FindingType
from services.incidents.domain.hallucination.judge import Verdict, judged
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

DOCUMENTS = (Document(id="d", text="Sales rose by 24% in Oslo."),)
OUTPUT = Output(step_index=0, text="Sales rose by 42% in Oslo. Everybody was happy.")


@dataclass(kw_only=True)
class FakeJudge:
    answer: Sequence[Verdict] = ()
    failure: Exception | None = None
    name: str = "judge-1"
    asked: int = 0

    async def verdicts(
        self, output: Output, *, documents: Sequence[Document], goal: str
    ) -> Sequence[Verdict]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.answer


@dataclass(kw_only=True)
class StubbornJudge:
    """Never answers, and does not stop when told to, until it is let go."""

    released: asyncio.Event
    name: str = "judge-2"

    async def verdicts(
        self, output: Output, *, documents: Sequence[Document], goal: str
    ) -> Sequence[Verdict]:
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        raise RuntimeError("too late")


@pytest.fixture
def report() -> Report:
    return detect(OUTPUT, sources=Sources(DOCUMENTS, goal=""))


async def ask(report: Report, judge: object, seconds: float = 5) -> Report:
    return await judged(
        report,
        judge,  # type: ignore[arg-type]
        output=OUTPUT,
        documents=DOCUMENTS,
        goal="",
        seconds=seconds,
    )


async def test_no_judge_changes_nothing(report: Report) -> None:
    assert await ask(report, None) is report


async def test_a_verdict_becomes_a_finding_with_the_name_of_the_judge(report: Report) -> None:
    verdict = Verdict(passage="Everybody was happy", reason="Nobody says so.", confidence=0.7)
    answered = await ask(report, FakeJudge(answer=[verdict]))
    ours, theirs = answered.findings
    assert ours == report.findings[0]
    assert (theirs.type, theirs.judge, theirs.confidence) == (FindingType.JUDGED, "judge-1", 0.7)
    assert OUTPUT.text[theirs.start : theirs.end] == theirs.passage == verdict.passage


async def test_a_verdict_below_the_floor_is_kept_apart(report: Report) -> None:
    verdict = Verdict(passage="happy", reason="Perhaps.", confidence=0.2)
    answered = await ask(report, FakeJudge(answer=[verdict]))
    assert answered.findings == report.findings
    assert [one.judge for one in answered.doubtful] == ["judge-1"]


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(passage="words that nobody said", reason="", confidence=1),
        Verdict(passage="", reason="", confidence=1),
        Verdict(passage="happy", reason="", confidence=float("nan")),
    ],
)
async def test_a_verdict_about_nothing_is_no_finding(report: Report, verdict: Verdict) -> None:
    answered = await ask(report, FakeJudge(answer=[verdict]))
    assert (answered.findings, answered.doubtful) == (report.findings, report.doubtful)


async def test_confidence_beyond_all_bounds_is_brought_back(report: Report) -> None:
    verdict = Verdict(passage="happy", reason="Sure.", confidence=17)
    answered = await ask(report, FakeJudge(answer=[verdict]))
    assert answered.findings[-1].confidence == 1


@pytest.mark.parametrize(
    "judge",
    [
        FakeJudge(failure=RuntimeError("broken")),
        FakeJudge(failure=TimeoutError()),
        FakeJudge(answer=["not a verdict"]),  # type: ignore[list-item]
        FakeJudge(answer=None),  # type: ignore[arg-type]
    ],
    ids=["raises", "times out", "answers nonsense", "answers nothing"],
)
async def test_a_judge_that_fails_costs_no_finding_and_that_is_said(
    report: Report, judge: FakeJudge
) -> None:
    answered = await ask(report, judge)
    assert answered.findings == report.findings
    assert answered.remarks[0].startswith("judge-1 failed")
    assert judge.asked == 1


async def test_a_judge_that_does_not_even_stop_is_not_waited_for(report: Report) -> None:
    released = asyncio.Event()
    answered = await ask(report, StubbornJudge(released=released), seconds=0.01)
    assert answered.findings == report.findings
    assert answered.remarks == ("judge-2 did not answer in time.",)
    released.set()
