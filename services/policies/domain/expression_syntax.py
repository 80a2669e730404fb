"""Regular expressions as people write them in policies, read into a tree.

What cannot be matched in time linear in the text, or would be read differently elsewhere, is
refused when the policy is saved: back references, look-around, a repetition of a repetition.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Accepts = Callable[[str], bool]

MAXIMUM_COUNT = 200
_MAXIMUM_DEPTH = 20


class BadExpression(ValueError):
    """The expression cannot be used; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class One:
    """One character."""

    accepts: Accepts


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: `^`, `$`, `b` or `B`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    branches: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Several times the same; `most` is None where there is no end."""

    node: "Node"
    least: int
    most: int | None


Node = One | Edge | Chain | Either | Repeat

_CLASSES: dict[str, Accepts] = {
    "d": str.isdigit,
    "w": lambda character: character.isalnum() or character == "_",
    "s": str.isspace,
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_COUNT = re.compile(r"\{(\d{1,6})(,?)(\d{0,6})\}")
_ENDLESS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def is_word(character: str) -> bool:
    """Whether a character belongs to words, as expressions say it."""
    return _CLASSES["w"](character)


def parsed(expression: str) -> Node:
    """Read an expression.

    Raises:
        BadExpression: it cannot be used.
    """
    folds = expression.startswith("(?i)")
    reader = _Reader(expression[4:] if folds else expression, folds=folds)
    node = reader.either()
    if not reader.at_end:
        raise BadExpression("has a ) that closes nothing")
    return node


class _Reader:
    """Goes through an expression from left to right."""

    def __init__(self, text: str, *, folds: bool) -> None:
        self._text = text
        self._at = 0
        self._folds = folds
        self._depth = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def either(self) -> Node:
        branches = [self._chain()]
        while self._taken("|"):
            branches.append(self._chain())
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while not self.at_end and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        counts = self._counts()
        if counts is None:
            return node
        # Greedy or not changes what is found, not whether anything is.
        if not self._taken("?") and self._taken("+"):
            raise BadExpression("has a possessive repetition; leave out the second +")
        if self._counts() is not None:
            raise BadExpression("repeats a repetition; write one of the two")
        least, most = counts
        if isinstance(node, Edge):
            raise BadExpression("repeats a place between characters, which changes nothing")
        if most != 1 and _repeats(node):
            raise BadExpression("repeats what repeats already, as in (a+)+; write the inner alone")
        return Repeat(node, least, most)

    def _counts(self) -> tuple[int, int | None] | None:
        if self.at_end:
            return None
        known = _ENDLESS.get(self._text[self._at])
        if known is not None:
            self._at += 1
            return known
        counted = _COUNT.match(self._text, self._at)
        if counted is None:
            return None
        self._at = counted.end()
        least = int(counted.group(1))
        most = least if not counted.group(2) else int(counted.group(3) or -1)
        if max(least, most) > MAXIMUM_COUNT or 0 <= most < least:
            raise BadExpression(f"counts must ascend and be at most {MAXIMUM_COUNT}")
        return least, None if most < 0 else most

    def _atom(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return One(self._set())
        if character == ".":
            return One(lambda read: read != "\n")
        if character in "^$":
            return Edge(character)
        if character in "*+?":
            raise BadExpression(f"has a {character} with nothing before it; write \\{character}")
        if character == "\\":
            return self._escape()
        return self._literal(character)

    def _group(self) -> Node:
        if self._taken("?") and not self._taken(":"):
            what = self._text[self._at : self._at + 2]
            if what[:1] in ("=", "!") or what in ("<=", "<!"):
                raise BadExpression("looks ahead or behind, which takes too long; leave it out")
            raise BadExpression("has a group of a kind that is not known; use ( ) or (?: )")
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise BadExpression(f"has groups within groups, more than {_MAXIMUM_DEPTH} deep")
        node = self.either()
        self._depth -= 1
        if not self._taken(")"):
            raise BadExpression("has a ( that nothing closes")
        return node

    def _escape(self) -> Node:
        character = self._next()
        if character in "bB":
            return Edge(character)
        if character.isdigit() and character != "0":
            raise BadExpression("refers back to a group, which takes too long; leave it out")
        accepts = _class_named(character)
        return self._literal(self._escaped(character)) if accepts is None else One(accepts)

    def _set(self) -> Accepts:
        excludes = self._taken("^")
        members: list[Accepts] = []
        first = True
        while first or not self._taken("]"):
            members.append(self._member())
            first = False
        either = _any_of(tuple(members))
        folded = _folded(either) if self._folds else either
        return (lambda read: not folded(read)) if excludes else folded

    def _member(self) -> Accepts:
        low = self._next()
        if low == "\\":
            low = self._next()
            accepts = _class_named(low)
            if accepts is not None:
                return accepts
            low = self._escaped(low)
        following = self._text[self._at : self._at + 2]
        if following[:1] != "-" or following[1:] in ("]", ""):
            return _equal_to(low)
        self._at += 1
        high = self._next()
        high = self._escaped(self._next()) if high == "\\" else high
        if high < low:
            raise BadExpression(f"has a range {low}-{high} that ends before it begins")
        return lambda read: low <= read <= high

    def _literal(self, character: str) -> Node:
        accepts = _equal_to(character)
        return One(_folded(accepts) if self._folds else accepts)

    def _escaped(self, character: str) -> str:
        if character.isalnum() and character not in _CONTROLS:
            raise BadExpression(f"has \\{character}, which is not known here")
        return _CONTROLS.get(character, character)

    def _next(self) -> str:
        if self.at_end:
            raise BadExpression("ends in the middle of something")
        self._at += 1
        return self._text[self._at - 1]

    def _taken(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found


def _repeats(node: Node) -> bool:
    """Whether something in it has no end."""
    if isinstance(node, Repeat):
        return node.most is None or _repeats(node.node)
    parts = node.parts if isinstance(node, Chain) else ()
    branches = node.branches if isinstance(node, Either) else ()
    return any(map(_repeats, (*parts, *branches)))


def _class_named(character: str) -> Accepts | None:
    accepts = _CLASSES.get(character.lower())
    if accepts is None or character.islower():
        return accepts
    return lambda read: not accepts(read)


def _equal_to(character: str) -> Accepts:
    return lambda read: read == character


def _any_of(members: tuple[Accepts, ...]) -> Accepts:
    return lambda read: any(accepts(read) for accepts in members)


def _folded(accepts: Accepts) -> Accepts:
    return lambda read: accepts(read) or accepts(read.lower()) or accepts(read.upper())
