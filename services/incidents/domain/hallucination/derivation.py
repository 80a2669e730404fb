"""Whether a figure can be computed from others that are near it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from services.incidents.domain.hallucination.figure_matching import comparable, rounds
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.units import COUNT, PERCENT, TEMPERATURE

_HUNDRED, _SECONDS_OF_HOUR, _METRES_OF_KILOMETRE = 100.0, 3600.0, 1000.0
# How many of something go into something else that people reckon with.
_PERIODS = (7, 12, 52, 24, 60, 365, 30)
_PARTS = (2, 3, 4)
# How many figures are tried in sums of products, and in products.
_FEW, _MOST_MULTIPLIED = 6, 20
_LONGEST_LIST = 12
# So exactly a figure must be written for a sum, or a product, hardly to come out right by chance:
# there are a few dozen sums to try, and some thousand products.
_SPECIFIC_SUM, _SPECIFIC_PRODUCT, _UNSAID = 0.005, 0.0005, 0.015
_EXACT = 1e-6
_Result = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How a figure may have been computed."""

    how: str
    # By adding and subtracting alone; whatever multiplies explains almost everything.
    is_sum: bool
    # Written so exactly that it is hardly chance.
    is_specific: bool


def derivation_of(said: Figure, known: Sequence[Figure]) -> Derivation | None:
    """How the figure follows from the known ones; None where it does not."""
    leeway = _leeway(said)
    for results, is_sum in (
        (_of_lists(said, known), True),
        (_of_sums(said, known), True),
        (_of_products(said, known), False),
    ):
        for value, how in results:
            if value and rounds(said, value):
                specific = leeway <= (_SPECIFIC_SUM if is_sum else _SPECIFIC_PRODUCT)
                return Derivation(how=how, is_sum=is_sum, is_specific=specific)
    return None


def _leeway(said: Figure) -> float:
    """Which share of itself a figure may be off, by the digits with which it is written."""
    size = abs(said.value) or 1.0
    return max(said.step / 2, min(said.round_step / 2, _UNSAID * size)) / size


def _of_lists(said: Figure, known: Sequence[Figure]) -> Iterator[_Result]:
    """Totals of three and more in a row."""
    alike = [one for one in known if one.dimension == said.dimension]
    for first in range(len(alike)):
        total = alike[first].value
        for last in range(first + 1, min(first + _LONGEST_LIST, len(alike))):
            total += alike[last].value
            if last > first + 1:
                yield total, f"the total of {alike[first].text} to {alike[last].text}"


def _of_sums(said: Figure, known: Sequence[Figure]) -> Iterator[_Result]:
    for one, other in combinations(known, 2):
        if one.dimension == other.dimension and comparable(said, one):
            yield one.value + other.value, f"{one.text} plus {other.text}"
            yield abs(one.value - other.value), f"the difference of {one.text} and {other.text}"
    for one in known:
        if one.dimension == PERCENT:
            yield _HUNDRED - one.value, f"the rest of {one.text}"


def _of_products(said: Figure, known: Sequence[Figure]) -> Iterator[_Result]:
    for one in known:
        yield from _of_one(said, one)
    for one, other in combinations(known[:_MOST_MULTIPLIED], 2):
        for left, right in ((one, other), (other, one)):
            yield from _of_ratio(said, left, right)
            yield from _of_shares(said, left, right)
            yield from _of_two(said, left, right)
    if said.is_money:
        yield from _of_prices(known)


def _of_one(said: Figure, one: Figure) -> Iterator[_Result]:
    if said.dimension == "time" and one.dimension == COUNT:
        for times in _PERIODS:
            yield said.unit.worth(one.amount / times), f"{one.text} divided by {times}"
    if said.dimension == one.dimension and said.dimension not in {PERCENT, TEMPERATURE, "time"}:
        for times in (*_PERIODS, *(_PARTS if said.dimension == COUNT else ())):
            yield one.value * times, f"{times} times {one.text}"
            yield one.value / times, f"{one.text} divided by {times}"
    if said.dimension == PERCENT and one.dimension == COUNT and one.value > 1:
        yield (one.value - 1) * _HUNDRED, f"{one.text} times as much"
        yield one.value * _HUNDRED, f"{one.text} times"
        yield _HUNDRED / one.value, f"one in {one.text}"


def _of_ratio(said: Figure, left: Figure, right: Figure) -> Iterator[_Result]:
    if not right.value:
        return
    ratio = left.value / right.value
    if left.dimension == right.dimension and said.dimension == PERCENT:
        yield ratio * _HUNDRED, f"{left.text} of {right.text}"
        yield abs(ratio - 1) * _HUNDRED, f"the change from {right.text} to {left.text}"
    elif left.dimension == right.dimension and said.dimension == COUNT:
        yield ratio, f"{left.text} divided by {right.text}"
    elif (said.dimension, left.dimension, right.dimension) == ("speed", "length", "time"):
        speed = ratio * _SECONDS_OF_HOUR / _METRES_OF_KILOMETRE
        yield speed, f"{left.text} in {right.text}"


def _of_shares(said: Figure, left: Figure, right: Figure) -> Iterator[_Result]:
    if left.dimension == PERCENT and left.value and comparable(said, right):
        share = left.value / _HUNDRED
        yield right.value * share, f"{left.text} of {right.text}"
        yield right.value * (1 - share), f"{right.text} less {left.text}"
        yield right.value * (1 + share), f"{right.text} plus {left.text}"
        yield right.value / (1 + share), f"{right.text} before {left.text}"
        if abs(right.value / share - said.value) <= _EXACT * said.value:
            yield right.value / share, f"that of which {right.text} is {left.text}"


def _of_two(said: Figure, left: Figure, right: Figure) -> Iterator[_Result]:
    """People multiply what they read, whatever it is: hours by weeks, euros by square metres."""
    if said.dimension in {PERCENT, TEMPERATURE} or not right.amount:
        return
    divided, times = f"{left.text} divided by {right.text}", f"{left.text} times {right.text}"
    if left.dimension == said.dimension:
        yield left.value / right.amount, divided
        yield left.value * right.amount, times
    yield said.unit.worth(left.amount / right.amount), divided
    yield said.unit.worth(left.amount * right.amount), times


def _of_prices(known: Sequence[Figure]) -> Iterator[_Result]:
    """So many of this and so many of that: two adults and a child."""
    numbers = [one for one in known if one.dimension == COUNT][:_FEW]
    prices = [one for one in known if one.is_money][:_FEW]
    for price, other in combinations(prices, 2):
        for number in numbers:
            for another in numbers:
                total = number.value * price.value + another.value * other.value
                how = f"{number.text} times {price.text} plus {another.text} times {other.text}"
                yield total, how
