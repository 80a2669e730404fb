"""The figures of many texts, found by what they are worth."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.incidents.domain.hallucination.figure_matching import agrees, comparable
from services.incidents.domain.hallucination.figures import Figure

# How far from a figure one is looked for that it may have been rounded from, and how many of them.
_REACH, _MOST = 0.16, 64


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """A figure and where it stands."""

    source: str
    figure: Figure


class FigureIndex:
    """Figures by dimension, in the order of their worth."""

    def __init__(self, known: Iterable[KnownFigure]) -> None:
        self._known = tuple(known)
        self._by_dimension: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for number, one in enumerate(self._known):
            self._by_dimension[one.figure.dimension].append((one.figure.value, number))
        for values in self._by_dimension.values():
            values.sort()

    def supporting(self, said: Figure) -> KnownFigure | None:
        """A known figure from which this one follows."""
        return next((known for known in self._around(said) if agrees(said, known.figure)), None)

    def nearest(self, said: Figure) -> KnownFigure | None:
        """The known figure of the same kind that is worth the most similar."""
        candidates = []
        for values in self._by_dimension.values():
            place = bisect_left(values, (said.value, 0))
            candidates += [
                self._known[number] for _, number in values[max(place - 2, 0) : place + 2]
            ]
        candidates = [known for known in candidates if comparable(said, known.figure)]
        return min(candidates, key=lambda known: _distance(said, known.figure), default=None)

    def _around(self, said: Figure) -> Iterator[KnownFigure]:
        reach = abs(said.value) * _REACH + said.step
        for values in self._by_dimension.values():
            # Exact ones first: many may be near.
            exact = bisect_left(values, (said.value, 0))
            first = bisect_left(values, (said.value - reach, 0))
            for value, number in (
                *values[exact : exact + _MOST],
                *values[max(exact - _MOST, first) : exact],
            ):
                if value <= said.value + reach:
                    yield self._known[number]


def _distance(said: Figure, known: Figure) -> float:
    size = max(abs(said.value), abs(known.value), 1e-12)
    return abs(said.value - known.value) / size
