"""Figures in a text: what they are worth, in which unit, of what, and how exactly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from services.incidents.domain.hallucination.number_words import SCALES, word_numbers_in
from services.incidents.domain.hallucination.plain_text import Span, blanked
from services.incidents.domain.hallucination.units import (
    COUNT,
    CURRENCY_SIGNS,
    MONEY,
    PERCENT,
    UNITS,
    Unit,
)
from services.incidents.domain.hallucination.words import WORD, is_content, stem

_SIGN = r"(?P<sign>US\$|[$€£¥]|(?:USD|EUR|GBP|CHF)(?= ?[0-9]))"
_NUMBER = re.compile(
    rf"(?:(?<!\w){_SIGN} ?)?(?<![\w.])(?<![A-Za-z]-)(?<![0-9][:/])"
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3}){1,6}(?:\.[0-9]{1,12})?|[0-9]{1,15}(?:\.[0-9]{1,12})?)"
    r"(?![0-9]|[.:/][0-9])"
)
_SCALE = re.compile(
    r" ?(?P<scale>thousand|million|billion|trillion|hundred|dozen|mn|bn|tn|k|K|M|B|m)\b"
)
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}
_UNIT = re.compile(
    r"[ -]?(?P<unit>%|per ?cent\b|percentage points?\b|basis points?\b"
    r"|square (?:kilo)?met(?:re|er)s?\b|square f(?:oo|ee)t\b|cubic (?:centi)?met(?:re|er)s?\b"
    r"|km/h|m/s|°[CF]?|[A-Za-zµμ]{1,20}[²³23]?(?![\w/]))"
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_DECADE = re.compile(r"(?<=\b[0-9]{3}0)'?s\b")
# How a writer says that a figure is not exact, and on which side of it the truth lies.
_APPROXIMATE = re.compile(
    r"(?:(?P<above>over|more than|above|at least|exceeding|upwards of|in excess of|a little over"
    r"|just over|slightly more than)|(?P<below>nearly|almost|under|just under|less than|fewer than"
    r"|below|up to|at most|close to|just short of)"
    r"|(?P<near>about|around|roughly|approximately|approx\.?|some|circa|ca\.?|~|an estimated))"
    r" ?(?:an? )?$",
    re.IGNORECASE,
)
_RANGE = re.compile(r" ?(?:to|and|or|by|x|\u00d7|-) ?")
_LOOK_BACK = 24
_LOOK_AHEAD = 48
_PAUSE = re.compile(r"[.,;:!?()\n\"]")


class Exactness(StrEnum):
    """How a figure is meant."""

    EXACT = "EXACT"
    NEAR = "NEAR"
    # The truth is above what is written, or below it.
    ABOVE = "ABOVE"
    BELOW = "BELOW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as it is written, and what it is worth in the unit in which all are compared."""

    span: Span
    text: str
    value: float
    unit: Unit
    # What the last written digit is worth, and the last that is not a zero.
    step: float
    round_step: float
    exactness: Exactness = Exactness.EXACT
    nouns: tuple[str, ...] = ()
    spelled: bool = False
    is_share: bool = False

    @property
    def dimension(self) -> str:
        """What is measured; empty for things that are counted."""
        return self.unit.dimension

    @property
    def amount(self) -> float:
        """The number as it is written."""
        return self.unit.amount(self.value)

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money."""
        return self.dimension in MONEY


def figures_in(text: str) -> tuple[Figure, ...]:
    """Every figure, in order."""
    written = list(_written(text))
    rest = blanked(text, (figure.span for figure in written))
    found = sorted([*written, *_spelled(rest)], key=lambda one: one.span.start)
    for place in range(len(found) - 2, -1, -1):
        found[place] = _with_unit_of_range(text, found[place], found[place + 1])
    return tuple(found)


def _with_unit_of_range(text: str, first: Figure, last: Figure) -> Figure:
    """The first figure of "2 to 4 days" is a number of days as well."""
    between = text[first.span.end : last.span.start]
    if first.dimension or not last.dimension or not _RANGE.fullmatch(between):
        return first
    unit = last.unit
    return replace(
        first,
        unit=unit,
        value=unit.worth(first.value),
        step=first.step * unit.factor,
        round_step=first.round_step * unit.factor,
        nouns=last.nouns,
    )


def _written(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        end = match.end()
        if _ORDINAL.match(text, end) or _DECADE.match(text, end):
            continue
        digits = match.group("number").replace(",", "")
        sign = match.group("sign")
        scale, end = _scale_at(text, end, is_money=sign is not None)
        if scale == 1.0 and end < len(text) and text[end].isalpha() and not _UNIT.match(text, end):
            continue
        decimals = len(digits.partition(".")[2])
        zeros = 0 if decimals else len(digits) - len(digits.rstrip("0"))
        yield _figure(
            text,
            Span(match.start(), end),
            value=float(digits) * scale,
            step=scale * 10.0**-decimals,
            round_step=scale * 10.0 ** (zeros - decimals),
            money=CURRENCY_SIGNS[sign.lower()] if sign else None,
        )


def _scale_at(text: str, end: int, *, is_money: bool) -> tuple[float, int]:
    match = _SCALE.match(text, end)
    if not match:
        return 1.0, end
    name = match.group("scale")
    if name in SCALES:
        return SCALES[name], match.end()
    # A small m is a metre unless it is said of money; a lonely letter belongs to what follows.
    if (name == "m" or text[end] == " ") and not is_money:
        return 1.0, end
    return _SHORT_SCALES[name.lower()], match.end()


def _spelled(text: str) -> Iterator[Figure]:
    for number in word_numbers_in(text):
        step = 1.0 if number.value < SCALES["million"] else SCALES["million"] / 2
        yield _figure(
            text,
            number.span,
            value=number.value,
            step=step,
            round_step=step,
            money=None,
            spelled=True,
            is_share=number.is_share,
        )


def _figure(
    text: str,
    span: Span,
    *,
    value: float,
    step: float,
    round_step: float,
    money: Unit | None,
    spelled: bool = False,
    is_share: bool = False,
) -> Figure:
    named, end = _unit_at(text, span.end)
    unit = UNITS[PERCENT] if is_share else money or named or Unit(COUNT)
    whole = Span(span.start, end if named and not money else span.end)
    return Figure(
        span=whole,
        text=text[whole.start : whole.end],
        value=unit.worth(value),
        unit=unit,
        step=step * unit.factor,
        round_step=round_step * unit.factor,
        exactness=_exactness(text, span.start),
        nouns=_nouns(text, whole.end if named else span.end),
        spelled=spelled,
        is_share=is_share,
    )


def _unit_at(text: str, end: int) -> tuple[Unit | None, int]:
    match = _UNIT.match(text, end)
    if not match:
        return None, end
    name = re.sub(r"per cent", "percent", match.group("unit").lower())
    unit = UNITS.get(name.replace(" ", "-")) or UNITS.get(name)
    # A t or an l after a space begins a word more often than it measures anything.
    if unit is None or (len(name) == 1 and name in "tlshw" and text[end] == " "):
        return None, end
    return unit, match.end()


def _exactness(text: str, start: int) -> Exactness:
    match = _APPROXIMATE.search(text[max(start - _LOOK_BACK, 0) : start])
    return Exactness[(match.lastgroup or "exact").upper()] if match else Exactness.EXACT


def _nouns(text: str, end: int) -> tuple[str, ...]:
    """The words right after a figure, as far as the next pause: what it is a number of."""
    after = text[end : end + _LOOK_AHEAD]
    pause = _PAUSE.search(after)
    words = WORD.findall(after[: pause.start()] if pause else after)[:3]
    return tuple(stem(word) for word in words if is_content(word))
