"""What detectors see in passages, whole and in pieces."""

import pytest

from services.policies.domain.content import DetectorFailed, detect
from services.policies.domain.passage import WINDOW, Passage, Window
from services.policies.domain.policy_body import ContentRule, Detector


def found(detector: Detector, text: str, *terms: str, **edges: object) -> list[str]:
    rule = ContentRule(name="rule", detector=detector, terms=terms)
    return list(detect(rule, Passage(text=text, **edges), lambda: True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "term", "seen"),
    [
        ("the FALCON flies", "falcon", True),
        ("falconry", "falcon", False),
        ("under_score", "score", False),
        ("Straße", "strasse", True),
        ("über den Wolken", "Über den", True),
        ("a blue skyline", "blue sky", False),
        ("a blue skyline, a Blue Sky.", "blue sky", True),
        ("C++ and more", "c++", True),
        ("C++11", "c++", False),
    ],
)
def test_words_are_found_whole_whatever_their_case(text: str, term: str, seen: bool) -> None:
    assert found(Detector.WORDS, text, term) == (["word 1"] if seen else [])


def test_a_word_at_an_edge_is_judged_only_if_it_is_known_to_be_whole() -> None:
    assert found(Detector.WORDS, "cat", "cat", before="n") == []
    assert found(Detector.WORDS, "cat", "cat", ends=False) == []
    assert found(Detector.WORDS, "cat", "cat", before=" ") == ["word 1"]


def test_what_lies_across_slices_of_a_long_text_is_found() -> None:
    card = "4111 1111 1111 1111"
    for place in range(32_750, 32_770, 3):
        assert found(Detector.PII, "x" * place + " " + card + " ") == ["card"]


def test_without_time_nothing_is_looked_at() -> None:
    for detector, terms in (
        (Detector.PII, ()),
        (Detector.SECRETS, ()),
        (Detector.WORDS, ("a",)),
        (Detector.EXPRESSIONS, ("a",)),
    ):
        rule = ContentRule(name="rule", detector=detector, terms=terms)
        with pytest.raises(DetectorFailed, match="DETECTOR_TIMEOUT"):
            detect(rule, Passage(text="some text"), lambda: False)


def test_a_window_stays_small_and_begins_between_words_if_it_can() -> None:
    window = Window()
    for number in range(2_000):
        window = window.after(window.with_more(f"word{number} ", ends=False))
    assert WINDOW <= len(window.text) <= WINDOW + 256
    assert window.text.startswith("word")
    assert window.before == " "
    for _ in range(10):
        window = window.after(window.with_more("x" * 1_000, ends=False))
    assert (len(window.text), window.before) == (WINDOW, "x")
