"""How right the hallucination detector is about labelled outputs, at its default floor."""

from bench.context import Context, say
from bench.hallucination_cases import DEVELOPED, HELD_OUT, Score, Scores, cases_of, scores_of
from bench.registry import Measurement
from bench.row import Goal, Row, Sense
from services.incidents.domain.hallucination.finding import FindingType

PRECISION = Goal(sense=Sense.AT_LEAST, limit=0.9)
# Every type but that of a judge, of whom there is none here.
_TYPES = dict(zip("fghijklm", (kind for kind in FindingType if kind != "JUDGED"), strict=True))


async def measure(_context: Context) -> list[Row]:
    developed, held_out = cases_of(DEVELOPED), cases_of(HELD_OUT)
    whole, unseen = scores_of((*developed, *held_out)), scores_of(held_out)
    for name, scores in (("all", whole), ("held out", unseen)):
        say(f"  {name}: {_told(scores.overall)}")
        for kind in _TYPES.values():
            say(f"    {kind}: {_told(scores.by_type.get(kind, Score()))}")
    cases = Row(
        id="H-1a",
        what=f"labelled outputs for the hallucination detector, {len(held_out)} of them held out",
        value=len(developed) + len(held_out),
        unit="cases",
    )
    return [cases, *_overall(whole, unseen), *_by_type(whole)]


def _overall(whole: Scores, unseen: Scores) -> list[Row]:
    rows = []
    for letters, name, scores in (("bc", "all cases", whole), ("de", "held out", unseen)):
        score = scores.overall
        rows += [
            _row(letters[0], f"precision, {name}", score.precision, PRECISION),
            _row(letters[1], f"recall, {name}", score.recall),
        ]
    return rows


def _by_type(scores: Scores) -> list[Row]:
    return [
        _row(
            letter,
            f"precision of {kind}; recall {score.recall:.2f} of {score.found + score.missed}",
            score.precision,
        )
        for letter, kind in _TYPES.items()
        for score in (scores.by_type[kind],)
    ]


def _row(letter: str, what: str, value: float, goal: Goal | None = None) -> Row:
    return Row(id=f"H-1{letter}", what=what, value=value, unit="share", goal=goal)


def _told(score: Score) -> str:
    return (
        f"precision {score.precision:.3f} ({score.wrong} wrong), "
        f"recall {score.recall:.3f} of {score.found + score.missed}"
    )


MEASUREMENT = Measurement(
    description="the hallucination detector over labelled outputs: precision and recall",
    ids=tuple(f"H-1{letter}" for letter in "abcde" + "".join(_TYPES)),
    measure=measure,
)
