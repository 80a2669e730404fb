"""Whatever the text is, there is an answer, and its places are those of the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incidents.domain.hallucination.detector import Report, detect
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

SANE = Document(id="doc-1", text="Greta Holm paid 24% on 3 May 2022. “We all agreed on that.”")
# Pieces of everything that some check looks for, and of what breaks naive ones.
PIECES = st.sampled_from(
    [
        *(
            "42%",
            " $1.2k",
            " 31 February 2021",
            "from 2020 to 2019",
            " “we all agreed” ",
            '"',
            "`",
            "```",
        ),
        *(
            "[3]",
            "(Smith, 2020)",
            " Section 4",
            "https://x.test/?a=%ff&b=[",
            "http://[::1",
            "Peter Aldgate",
        ),
        *(
            "\x00",
            "\ud800",
            "\u202e",
            "\u200b",
            "\ufeff",
            "İ",
            "ß",
            "😀",
            "٣",
            "²",
            "\n\n",
            "- ",
            "1. ",
        ),
        *(
            " not ",
            " a million ",
            "one hundred and ",
            "A v B",
            "10.1234/",
            "00:99",
            "99/99/2020",
            "\t",
            "**",
        ),
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("".join)
LONG = 200_000


def sound(report: Report, text: str) -> None:
    for finding in (*report.findings, *report.doubtful):
        assert text[finding.start : finding.end] == finding.passage != ""
        assert 0 <= finding.confidence <= 1
        assert finding.reason.encode()


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_any_text_gets_an_answer(text: str, document: str, said: str) -> None:
    sources = Sources([Document(id="d\x00-1", title=said, text=document, url=said)], goal=said)
    earlier = (Output(step_index=0, text=said),)
    sound(detect(Output(step_index=1, text=text), sources=sources, earlier=earlier), text)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "\n",
        '"',
        "`",
        "[",
        "A ",
        "1,",
        "one ",
        "a. ",
        "- ",
        "(A, ",
        "12% ",
        "31 April ",
        "\u202e",
    ],
)
def test_long_monotony_gets_an_answer_as_output_and_as_document(unit: str) -> None:
    text = unit * (LONG // len(unit))
    sound(detect(Output(step_index=1, text=text), sources=Sources([SANE], goal="")), text)
    sources = Sources([Document(id="long", text=text)], goal="")
    output = Output(step_index=1, text=SANE.text)
    sound(detect(output, sources=sources), SANE.text)


def test_a_million_letters_get_an_answer() -> None:
    text = "x" * 1_000_000
    assert detect(Output(step_index=0, text=text), sources=Sources([SANE], goal="")).findings == ()


@pytest.mark.parametrize("text", ["", " ", "\n", "."])
def test_nothing_said_is_nothing_found(text: str) -> None:
    report = detect(Output(step_index=0, text=text), sources=Sources([SANE], goal=""))
    assert (report.findings, report.doubtful) == ((), ())
