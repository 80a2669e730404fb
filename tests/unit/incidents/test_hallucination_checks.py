"""Each check: what it finds, and what it must leave alone."""

import pytest

from services.incidents.domain.hallucination.detector import detect
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

DOCUMENTS = (
    Document(
        id="doc-1",
        title="The harbour of Arnsby",
        url="https://daily.test/2022/harbour",
        date="2022-07-16",
        text="Greta Holm opened the harbour. She said: “We waited ten years for this day.” "
        "Dogs are allowed on the ferry but not in the bird reserve. The ferry runs every day. "
        "Section 4 of the order names the World Health Organization (Roth et al., 2019).",
    ),
    Document(
        id="doc-2", text="Case No. 24-1187 cites RFC 9110 and doi 10.5555/vlx.21. See Table 2."
    ),
)


def found(
    kind: FindingType, text: str, *, earlier: tuple[str, ...] = (), goal: str = ""
) -> list[Finding]:
    said = tuple(Output(step_index=at, text=one) for at, one in enumerate(earlier))
    output = Output(step_index=len(said), text=text)
    report = detect(output, sources=Sources(DOCUMENTS, goal=goal), earlier=said)
    return [one for one in report.findings if one.type is kind]


@pytest.mark.parametrize(
    ("kind", "text", "passage"),
    [
        (FindingType.UNSUPPORTED_NAME, "It was opened by Peter Aldgate.", "Peter Aldgate"),
        (FindingType.UNSUPPORTED_NAME, "The builder was Loyalytics.", "Loyalytics"),
        (FindingType.UNSUPPORTED_NAME, "It was opened by Anna Holm.", "Anna Holm"),
        (FindingType.MISQUOTE, "She said: “We waited two years for a ship.”", "We waited two"),
        (FindingType.UNKNOWN_CITATION, "As shown in [5], it opened.", "[5]"),
        (FindingType.UNKNOWN_CITATION, "It opened (Smith, 2021).", "(Smith, 2021)"),
        (FindingType.UNKNOWN_CITATION, "It opened (Roth et al., 2016).", "(Roth et al., 2016)"),
        (FindingType.UNKNOWN_CITATION, "Section 12 says so.", "Section 12"),
        (FindingType.UNKNOWN_CITATION, "According to doc-9 it opened.", "doc-9"),
        (FindingType.UNKNOWN_CITATION, "See doi 10.5555/abc.99 there.", "10.5555/abc.99"),
        (FindingType.UNKNOWN_CITATION, "Case No. 23-4711 said so.", "Case No. 23-4711"),
        (FindingType.UNKNOWN_CITATION, "It follows Greene v Calder.", "Greene v Calder"),
        (FindingType.UNKNOWN_LINK, "See https://other.test/a.", "https://other.test/a"),
        (FindingType.UNKNOWN_LINK, "See https://daily.test/b).", "https://daily.test/b"),
        (FindingType.IMPOSSIBLE_DATE, "It opened on 31 February 2022.", "31 February 2022"),
        (FindingType.IMPOSSIBLE_DATE, "It opened on 29 February 2023.", "29 February 2023"),
        (FindingType.IMPOSSIBLE_DATE, "It opened on 2023-13-05.", "2023-13-05"),
        (FindingType.IMPOSSIBLE_DATE, "Monday, 14 July 2022 was dry.", "Monday, 14 July 2022"),
        (FindingType.IMPOSSIBLE_DATE, "It ran from 2019 to 2017.", "from 2019 to 2017"),
        (FindingType.IMPOSSIBLE_DATE, "From 1999 to 2004, a total of eight years.", "eight years"),
        (FindingType.IMPOSSIBLE_DATE, "Born in 1950, she died in 2010 aged 45.", "aged 45"),
        (FindingType.UNSUPPORTED_CLAIM, "Dogs are allowed in the bird reserve.", "Dogs are"),
        (FindingType.UNSUPPORTED_CLAIM, "The ferry does not run every day.", "The ferry"),
    ],
)
def test_what_nothing_supports_is_found(kind: FindingType, text: str, passage: str) -> None:
    [finding] = found(kind, text)
    assert finding.passage.startswith(passage)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            FindingType.UNSUPPORTED_NAME,
            "Greta Holm spoke. Holm's words were few, on Monday in France.",
        ),
        (
            FindingType.UNSUPPORTED_NAME,
            "It names the WHO. \n\nEverything Else Is Fine\n\n## A New Dawn\n",
        ),
        (FindingType.UNSUPPORTED_NAME, "Wonderful weather helped."),
        (FindingType.UNSUPPORTED_NAME, "I could not find anything by Peter Aldgate."),
        (FindingType.MISQUOTE, "She said: “We waited … for this day.”"),
        (
            FindingType.MISQUOTE,
            "She said that they “waited [nearly] ten years”, a so-called 'wait'.",
        ),
        (
            FindingType.MISQUOTE,
            'The "opening" was late. You could write: “Dear Sir or Madam, hello.”',
        ),
        (FindingType.UNKNOWN_CITATION, "See [1], [2], Section 4 and Table 2 (Roth et al., 2019)."),
        (FindingType.UNKNOWN_CITATION, "See doc-2, RFC 9110, 10.5555/vlx.21, Case No. 24-1187."),
        (FindingType.UNKNOWN_CITATION, "`items[7]` and COVID-19 and arr[3] are none."),
        (FindingType.UNKNOWN_LINK, "See https://www.daily.test/2022/harbour/?utm_source=x."),
        (FindingType.UNKNOWN_LINK, "Call https://api.example.com/v1 or `https://x.test`."),
        (FindingType.UNKNOWN_LINK, "In general see https://daily.test/."),
        (FindingType.IMPOSSIBLE_DATE, "It opened on 29 February 2024, a Thursday."),
        (FindingType.IMPOSSIBLE_DATE, "It was moved from 12 May 2022 to 3 May 2022."),
        (FindingType.IMPOSSIBLE_DATE, "It runs from October to April, and from 2017 to 2019."),
        (FindingType.IMPOSSIBLE_DATE, "There is no 31 February 2022."),
        (FindingType.UNSUPPORTED_CLAIM, "Dogs are allowed on the ferry."),
        (FindingType.UNSUPPORTED_CLAIM, "Dogs aren't allowed in the bird reserve."),
        (FindingType.UNSUPPORTED_CLAIM, "I think dogs are allowed in the bird reserve."),
        (FindingType.UNSUPPORTED_CLAIM, "Are dogs allowed in the bird reserve?"),
    ],
)
def test_what_is_supported_or_claims_nothing_is_left_alone(kind: FindingType, text: str) -> None:
    assert found(kind, text) == []


def test_what_the_question_says_is_not_invented() -> None:
    text = "Mr Aldgate, your 17% are in line with https://mine.test/x and Section 99."
    goal = "I am Peter Aldgate, I pay 17% by Section 99, see https://mine.test/x?"
    for kind in FindingType:
        assert found(kind, text, goal=goal) == []


def test_a_near_miss_names_the_nearest_text() -> None:
    [finding] = found(FindingType.MISQUOTE, "She said: “We waited six years for this day.”")
    assert "the nearest, in doc-1, is “we waited ten years for this day”" in finding.reason
    assert finding.document_id == "doc-1"


def test_another_page_of_a_known_host_is_less_certain_than_an_unknown_host() -> None:
    [other] = found(FindingType.UNKNOWN_LINK, "See https://other.test/a.")
    [same] = found(FindingType.UNKNOWN_LINK, "See https://daily.test/b.")
    assert same.confidence < other.confidence


@pytest.mark.parametrize(
    ("before", "after", "passage"),
    [
        ("The pool is 50 metres long.", "The pool is 25 metres long.", "25 metres"),
        ("The house was built in 1878.", "The house was built in 1848.", "1848"),
        ("Oak does lower its prices.", "Oak does not lower its prices.", "Oak does not"),
    ],
)
def test_steps_that_disagree_are_told_with_the_step(before: str, after: str, passage: str) -> None:
    [finding] = found(FindingType.CONTRADICTION, after, earlier=("Nothing yet.", before))
    assert finding.passage.startswith(passage)
    assert finding.step_index == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Sales in Spain rose by 5%.", "Sales in France rose by 7%."),
        ("The pool is 50 metres long.", "The pool is 50 m long."),
        ("Revenue was 12 million euros.", "Revenue was about 11.9 million euros."),
        ("The pool is 50 metres long.", "The pool is 21 metres wide and 50 metres long."),
        ("The pool is 50 metres long.", "Correction: the pool is now 25 metres long."),
        ("The pool is 50 metres long.", "Is the pool 25 metres long?"),
    ],
)
def test_steps_that_speak_of_other_things_or_agree_do_not_contradict(
    before: str, after: str
) -> None:
    assert found(FindingType.CONTRADICTION, after, earlier=(before,)) == []


def test_figures_that_were_turned_round_deny_the_document() -> None:
    sources = Sources([Document(id="d", text="Returns fell from 6.1% to 5.4%.")], goal="")
    output = Output(step_index=0, text="Over the year returns rose from 5.4% to 6.1% again.")
    [finding] = detect(output, sources=sources).findings
    assert (finding.type, finding.document_id) == (FindingType.UNSUPPORTED_CLAIM, "d")
