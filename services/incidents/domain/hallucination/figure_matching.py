"""When a figure says the same as another: rounded, converted, or meant about so."""

from services.incidents.domain.hallucination.figures import Exactness, Figure
from services.incidents.domain.hallucination.units import COUNT, related

# What "about" and "more than" may leave open, and what whole hundreds may without saying so.
_NEAR, _ONE_SIDED, _UNSAID = 0.06, 0.15, 0.015
_CONVERTED = 0.05
_SAME = 1e-9


def agrees(said: Figure, known: Figure) -> bool:
    """Whether what is said follows from what is known, but for its exactness."""
    if not comparable(said, known):
        return False
    converted = known.unit.factor != said.unit.factor or known.unit.offset != said.unit.offset
    return rounds(said, known.value, converted=converted and said.dimension == known.dimension)


def comparable(said: Figure, known: Figure) -> bool:
    """Whether both may be of the same kind; a bare number may be of any."""
    if related(said.dimension, known.dimension):
        return True
    bare_said = said.dimension == COUNT and not said.nouns
    return bare_said or (known.dimension == COUNT and not known.nouns)


def rounds(said: Figure, value: float, *, converted: bool = False) -> bool:
    """Whether the figure is the value, as exactly as it is written."""
    apart, size = abs(said.value - value), max(abs(value), abs(said.value))
    if apart <= _SAME * size:
        return True
    half = said.step / 2 * (1 + _SAME)
    if apart <= (min(half, _CONVERTED * size) if converted else half):
        return True
    if apart <= said.round_step / 2 and (apart <= _UNSAID * size):
        return True
    return _meant(said, value, apart / size)


def _meant(said: Figure, value: float, share: float) -> bool:
    if said.exactness is Exactness.NEAR:
        return share <= _NEAR
    if said.exactness is Exactness.ABOVE:
        return said.value <= value and share <= _ONE_SIDED
    if said.exactness is Exactness.BELOW:
        return said.value >= value and share <= _ONE_SIDED
    return False
