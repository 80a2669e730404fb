"""What a figure is worth, and when it says the same as another."""

import pytest

from services.incidents.domain.hallucination.detector import detect
from services.incidents.domain.hallucination.figures import figures_in
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources


def flagged(text: str, document: str, *, goal: str = "") -> list[str]:
    sources = Sources([Document(id="doc-1", text=document)], goal=goal)
    return [
        one.passage for one in detect(Output(step_index=0, text=text), sources=sources).findings
    ]


@pytest.mark.parametrize(
    "written",
    ["1,200", "1200", "1.2 thousand", "1.2k", "twelve hundred", "one thousand two hundred"],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    [figure] = figures_in(f"There were {written} of them.")
    assert figure.value == pytest.approx(1200)


@pytest.mark.parametrize(
    ("written", "dimension", "worth"),
    [
        ("$1.2 million", "usd", 1_200_000),
        ("€112m", "eur", 112_000_000),
        ("35 cents", "cents", 0.35),
        ("40 mg", "mass", 0.04),
        ("two and a half million euros", "eur", 2_500_000),
        ("half a minute", "time", 30),
        ("25 basis points", "percent", 0.25),
        ("140 °F", "temperature", 60),
        ("2.4 hectares", "area", 24_000),
        ("a dozen", "", 12),
    ],
)
def test_a_figure_is_worth_what_its_unit_says(written: str, dimension: str, worth: float) -> None:
    [figure] = figures_in(f"It was {written} then.")
    assert (figure.dimension, figure.text) == (dimension, written)
    assert figure.value == pytest.approx(worth)


@pytest.mark.parametrize("text", ["the 3rd", "H2O", "the 1990s", "v3x", "U-1418"])
def test_not_everything_with_digits_is_a_figure(text: str) -> None:
    assert figures_in(f"This is {text} indeed") == ()


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("about 12 million dollars", "$11.9 million"),
        ("12 million dollars", "$11.9 million"),
        ("more than 41,000 people", "41,500 people"),
        ("nearly 2,000 orders", "1,930 orders"),
        ("5 miles", "8 km"),
        ("two weeks", "14 days"),
        ("38%", "38.4%"),
        ("a total of 30 kg", "10 kg and 20 kg"),
        ("£50,400 a year", "£4,200 a month"),
        ("a difference of 4 euros", "10 euros and 6 euros"),
        ("20% of them", "62,000 of 310,000"),
    ],
)
def test_what_follows_plainly_from_a_document_is_no_finding(said: str, known: str) -> None:
    assert flagged(f"Visitors had {said}.", f"Visitors had {known}.") == []


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("12 million dollars", "$14.9 million"),
        ("more than 41,000 people", "39,500 people"),
        ("nearly 2,000 orders", "2,400 orders"),
        ("5 miles", "5 km"),
        ("40 g", "40 mg"),
        ("24%", "42%"),
    ],
)
def test_what_does_not_follow_is_a_finding(said: str, known: str) -> None:
    assert len(flagged(f"Visitors had {said}.", f"Visitors had {known}.")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "1. First this.\n2. Then that.\n3) And that.",
        "```\nport = 8443\n```\nUse `timeout=90`.",
        "I could not find a share of 17%.",
        "I would guess 17% or so.",
        "Suppose it were 17%.",
        "Would 17% be enough?",
        "You asked for 55 tons.",
        "It rained on 24/7.",
    ],
)
def test_what_claims_nothing_of_the_documents_is_no_finding(text: str) -> None:
    assert flagged(text, "Nothing is counted here.", goal="Can I have 55 tons?") == []


def test_a_sum_without_a_word_of_it_is_kept_apart_and_explained() -> None:
    sources = Sources([Document(id="d", text="Rent is €31. Heating is €9.")], goal="")
    report = detect(Output(step_index=0, text="We transferred €40 there."), sources=sources)
    [told] = report.doubtful
    assert report.findings == ()
    assert told.reason == (
        "€40 appears nowhere in the document that this run retrieved; it could be €31 plus €9."
    )


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("in March 2021", []),
        ("on 12 March 2021", []),
        ("on March 12, 2021", []),
        ("on 2021-03-12", []),
        ("on 12/03/2021", []),
        ("in 2021", []),
        ("on 14 March 2021", ["14 March 2021"]),
        ("in 1987", ["1987"]),
    ],
)
def test_a_date_is_known_in_every_form(said: str, found: list[str]) -> None:
    assert flagged(f"It was signed {said}.", "It was signed on 12 March 2021.") == found
