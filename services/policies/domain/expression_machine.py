"""Whether a text holds what a regular expression describes, in time linear in the text.

The expression becomes a machine with many states at once; sets of states that were reached are
remembered with what follows from them, so that most characters cost one look into a table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.policies.domain.expression_syntax import (
    Accepts,
    BadExpression,
    Chain,
    Edge,
    Either,
    Node,
    One,
    Repeat,
    is_word,
    parsed,
)

MAXIMUM_STATES = 500
# States in the sets that are remembered, and ways between these sets: a megabyte or two for the
# most hostile of expressions, next to nothing for others. Beyond it everything is found out anew.
_MAXIMUM_REMEMBERED = 20_000
_LOOKS_AT_THE_CLOCK_EVERY = 256
_TOO_LARGE = "is too large; use smaller counts"

# What stands on one side of a place: nothing, a character of a word, another, or nobody knows yet.
_NOTHING, _WORD, _OTHER, _UNKNOWN = range(4)
_EDGES: dict[str, Callable[[int, int], bool]] = {
    "^": lambda before, _after: before == _NOTHING,
    "$": lambda _before, after: after == _NOTHING,
    "b": lambda before, after: (before == _WORD) != (after == _WORD),
    "B": lambda before, after: (before == _WORD) == (after == _WORD),
}

StillTime = Callable[[], bool]


class OutOfTime(Exception):
    """The deadline passed before the text was read."""


@dataclass(slots=True)
class _State:
    """A state of the machine: which one follows with a character, which without one."""

    accepts: Accepts | None = None
    following: int = -1
    # Where it leads without a character, each by way of an edge if one is named.
    free: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Reached:
    """A set of states that were reached at once, and what is known to follow from it."""

    states: frozenset[int]
    before: int
    following: "dict[str, _Reached]" = field(default_factory=dict)


_FOUND = _Reached(states=frozenset(), before=_NOTHING)


class Expression:
    """A regular expression that is ready to look."""

    def __init__(self, text: str) -> None:
        self._states: list[_State] = []
        self._parts = 0
        self._end = self._new()
        self._start = self._built(parsed(text), self._end)
        self._remembered: dict[tuple[frozenset[int], int], _Reached] = {}
        self._size = 0
        self._steps = 0

    def is_in(
        self, text: str, *, still_time: StillTime, before: str = "", ends: bool = True
    ) -> bool:
        """Whether the text holds it.

        `before` is the character before the text, empty where it begins; unless it `ends`, more of
        it is to come.

        Raises:
            OutOfTime: the time was over before the answer was known.
        """
        reached = self._reached(frozenset(), _kind(before) if before else _NOTHING)
        for place, character in enumerate(text):
            following = reached.following.get(character)
            if following is None:
                following = self._step(reached, character, still_time)
            if following is _FOUND:
                return True
            reached = following
            if not place & 0x3FFF and not still_time():
                raise OutOfTime
        return self._end in self._free(reached, _NOTHING if ends else _UNKNOWN)

    def _reached(self, states: frozenset[int], before: int) -> _Reached:
        key = (states, before)
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = _Reached(states=states, before=before)
            self._size += len(states) + 1
        return known

    def _step(self, reached: _Reached, character: str, still_time: StillTime) -> _Reached:
        self._steps += 1
        if not self._steps % _LOOKS_AT_THE_CLOCK_EVERY and not still_time():
            raise OutOfTime
        self._size += 1
        if self._size > _MAXIMUM_REMEMBERED:
            self._remembered.clear()
            reached.following.clear()
            self._size = 0
        after = _kind(character)
        free = self._free(reached, after)
        if self._end in free:
            following = _FOUND
        else:
            states = frozenset(self._after(free, character))
            following = self._reached(states, after)
        reached.following[character] = following
        return following

    def _after(self, states: Iterable[int], character: str) -> Iterable[int]:
        for number in states:
            state = self._states[number]
            if state.accepts is not None and state.accepts(character):
                yield state.following

    def _free(self, reached: _Reached, after: int) -> set[int]:
        """Every state that is reached without a further character, the start always included."""
        seen = {*reached.states, self._start}
        waiting = list(seen)
        while waiting:
            for number, edge in self._states[waiting.pop()].free:
                if number not in seen and _open(edge, reached.before, after):
                    seen.add(number)
                    waiting.append(number)
        return seen

    def _new(self) -> int:
        if len(self._states) >= MAXIMUM_STATES:
            raise BadExpression(_TOO_LARGE)
        self._states.append(_State())
        return len(self._states) - 1

    def _built(self, node: Node, end: int) -> int:
        """The state from which the node leads to `end`."""
        self._parts += 1
        if self._parts > 10 * MAXIMUM_STATES:
            # Counts of nothing make no states, and could go on for ever all the same.
            raise BadExpression(_TOO_LARGE)
        if isinstance(node, One):
            start = self._new()
            self._states[start].accepts, self._states[start].following = node.accepts, end
            return start
        if isinstance(node, Edge):
            return self._leading((end, node.kind))
        if isinstance(node, Either):
            return self._leading(*((self._built(branch, end), "") for branch in node.branches))
        if isinstance(node, Repeat):
            return self._repeated(node, end)
        assert isinstance(node, Chain)
        for part in reversed(node.parts):
            end = self._built(part, end)
        return end

    def _repeated(self, node: Repeat, end: int) -> int:
        if node.most is None:
            loop = self._leading((end, ""))
            self._states[loop].free.append((self._built(node.node, loop), ""))
            start = loop
        else:
            start = end
            for _ in range(node.most - node.least):
                start = self._leading((self._built(node.node, start), ""), (end, ""))
        for _ in range(node.least):
            start = self._built(node.node, start)
        return start

    def _leading(self, *free: tuple[int, str]) -> int:
        start = self._new()
        self._states[start].free = list(free)
        return start


def _kind(character: str) -> int:
    return _WORD if is_word(character) else _OTHER


def _open(edge: str, before: int, after: int) -> bool:
    if not edge:
        return True
    if _UNKNOWN in (before, after) and edge != "^":
        return False
    return _EDGES[edge](before, after)
