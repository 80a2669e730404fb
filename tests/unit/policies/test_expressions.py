"""Regular expressions: the same answers as everybody else's, in time that nobody can blow up."""

import random
import re

import pytest

from services.policies.domain.expression_machine import Expression, OutOfTime
from services.policies.domain.expression_syntax import BadExpression


def always() -> bool:
    return True


def holds(expression: str, text: str, *, ends: bool = True) -> bool:
    return Expression(expression).is_in(text, still_time=always, ends=ends)


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        ("abc", "xxabcxx", True),
        ("^abc", "xabc", False),
        ("abc$", "abcx", False),
        (r"\bcat\b", "a cat.", True),
        (r"\bcat\b", "concatenate", False),
        (r"\Bcat", "concatenate", True),
        ("(?i)STRASSE", "strasse", True),
        ("a{2,3}b", "ab aab", True),
        ("a{3}", "aa", False),
        ("a{2,}c", "aaaac", True),
        ("x?y*?z+", "z", True),
        ("[^a-c]", "abc", False),
        ("[]x]", "]", True),
        (r"[\d.-]{4}", "1.-2", True),
        ("a|b|", "c", True),
        (r"\(\$\)", "($)", True),
        ("gr(?:a|e)y", "grey", True),
        (".", "\n", False),
    ],
)
def test_an_expression_finds_what_it_describes(expression: str, text: str, expected: bool) -> None:
    assert holds(expression, text) is expected


ATOMS = ("a", "b", "ab", ".", "[ab]", "[^a]", r"\w", r"\d", r"\b", "(a|b)", "(?:ab|c)", "^", "$")
COUNTS = ("", "", "", "*", "+", "?", "{2}", "{1,2}", "*?")


def written(dice: random.Random) -> str:
    parts = []
    for _ in range(dice.randint(1, 5)):
        atom = dice.choice(ATOMS)
        parts.append(atom if atom in ("^", "$", r"\b") else atom + dice.choice(COUNTS))
    text = "".join(parts)
    return f"{text}|{dice.choice(ATOMS)}" if dice.random() < 0.2 else text


def test_ten_thousand_expressions_answer_as_those_of_python_do() -> None:
    dice = random.Random(11)
    for _ in range(2_000):
        expression = written(dice)
        ours = Expression(expression)
        # Python's $ also holds before a last line end, ours only at the end.
        theirs = re.compile(expression.replace("$", r"\Z"), re.ASCII)
        for _ in range(5):
            text = "".join(dice.choices("abc1 _\n", k=dice.randint(0, 8)))
            found = ours.is_in(text, still_time=always)
            assert found is bool(theirs.search(text)), (expression, text)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("(a+)+$", "repeats what repeats already"),
        ("(a*)*", "repeats what repeats already"),
        ("(?:(x|y+)z)*", "repeats what repeats already"),
        ("(a+){2,5}", "repeats what repeats already"),
        ("a**", "repeats a repetition"),
        ("a++", "possessive"),
        (r"(a)\1", "refers back"),
        ("(?=a)", "looks ahead or behind"),
        ("(?<!a)b", "looks ahead or behind"),
        ("(?P<n>a)", "not known"),
        ("a{500}", "at most 200"),
        ("a{5,2}", "ascend"),
        ("(((a{100}){100}))", "too large"),
        ("(" * 400, "deep"),
        ("(((((){200}){200}){200}){200})", "too large"),
        ("(a", "nothing closes"),
        ("a)", "closes nothing"),
        ("[a", "ends in the middle"),
        ("[z-a]", "ends before it begins"),
        ("*a", "nothing before it"),
        (r"\q", "not known here"),
        ("a\\", "ends in the middle"),
    ],
)
def test_what_could_explode_or_means_nothing_is_refused_with_the_reason(
    expression: str, words: str
) -> None:
    with pytest.raises(BadExpression, match=re.escape(words)):
        Expression(expression)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("a*a*a*a*a*b", "a" * 262_144),
        (r"\d+x", "1" * 262_144),
        ("(a|aa|aaa)(a|aa|aaa)(a|aa|aaa)b", "a" * 262_144),
        (".*.*.*=.*", "x" * 262_144),
    ],
)
def test_what_takes_others_hours_takes_one_walk_through_the_text(
    expression: str, text: str
) -> None:
    """Counted in steps that were not known before, since these are what costs."""
    ready = Expression(expression)
    assert ready.is_in(text, still_time=always) is False
    assert ready._steps < 50


def test_an_expression_with_countless_states_is_stopped_by_the_clock() -> None:
    dice = random.Random(3)
    text = "".join(dice.choices("ab", k=262_144))
    looks = iter([True] * 5)
    with pytest.raises(OutOfTime):
        Expression("(a|b)*a[ab]{60}c").is_in(text, still_time=lambda: next(looks, False))


def test_where_more_is_to_come_nothing_is_said_of_the_end() -> None:
    assert holds("end$", "the end")
    assert not holds("end$", "the end", ends=False)
    assert not holds(r"\bass\b", "ass", ends=False)
    assert holds(r"\bass\b", "ass ", ends=False)
    assert holds("card", "card", ends=False)


def test_where_something_came_before_it_is_not_the_beginning() -> None:
    ready = Expression(r"^end|\bcat")
    assert ready.is_in("end", still_time=always)
    assert not ready.is_in("end", still_time=always, before=" ")
    assert not ready.is_in("cat", still_time=always, before="n")
    assert ready.is_in("cat", still_time=always, before=" ")


def test_what_is_remembered_has_an_end() -> None:
    ready = Expression("[^x]y")
    text = "".join(chr(0x4E00 + number) for number in range(20_000)) * 2
    assert ready.is_in(text, still_time=always) is False
    assert len(ready._remembered) < 10
    assert sum(len(one.following) for one in ready._remembered.values()) <= 20_001


def test_what_is_remembered_of_a_hostile_expression_has_an_end_as_well() -> None:
    ready = Expression("(a|b)*a[ab]{100}c")
    text = "".join(random.Random(5).choices("ab", k=3_000))
    assert ready.is_in(text, still_time=always) is False
    assert sum(len(one.states) for one in ready._remembered.values()) <= 20_200
