"""What an output points at: sources by number, name or section, identifiers and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.incidents.domain.hallucination.plain_text import Span, blanked

_NAME = r"[A-Z][\w'-]{1,30}"
_AUTHORS = rf"(?P<author>{_NAME})(?:(?:,? (?:and|&) {_NAME})|(?:,? et al\.?))?"
_CITED_YEAR = r"(?P<year>(?:1[89]|20)[0-9]{2})[a-z]?"
_LABELS = {
    "section": "section",
    "sections": "section",
    "sec.": "section",
    "§": "section",
    "article": "article",
    "articles": "article",
    "art.": "article",
    "clause": "clause",
    "clauses": "clause",
    "chapter": "chapter",
    "table": "table",
    "figure": "figure",
    "appendix": "appendix",
    "annex": "annex",
    "exhibit": "exhibit",
    "schedule": "schedule",
    "paragraph": "paragraph",
    "rule": "rule",
}
_LABEL = "|".join(re.escape(label) for label in sorted(_LABELS, key=len, reverse=True))


class CitationKind(StrEnum):
    """By what something is pointed at."""

    NUMBER = "NUMBER"
    AUTHOR = "AUTHOR"
    PLACE = "PLACE"
    IDENTIFIER = "IDENTIFIER"
    PARTIES = "PARTIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A pointer to a source, and what it has to be found by."""

    span: Span
    text: str
    kind: CitationKind
    # Small letters; each of them must be found together in one document.
    parts: tuple[str, ...]


_SHAPES: tuple[tuple[CitationKind, re.Pattern[str]], ...] = (
    (CitationKind.IDENTIFIER, re.compile(r"\b(?P<a>10\.[0-9]{4,9}/[^\s\"<>()\[\]]{1,120}[\w])")),
    (
        CitationKind.IDENTIFIER,
        re.compile(r"\bCase (?:No\.? ?)?(?P<a>[A-Z]?-?[0-9][\w:/.-]{1,30}[0-9a-z])", re.IGNORECASE),
    ),
    (
        CitationKind.IDENTIFIER,
        re.compile(r"\b(?:arXiv:|PMID:? |PMC|ISBN:? )(?P<a>[0-9][0-9.xX-]{3,20})"),
    ),
    (CitationKind.IDENTIFIER, re.compile(r"\b(?P<a>RFC[ -]?[0-9]{3,5})\b")),
    (
        CitationKind.IDENTIFIER,
        re.compile(r"(?<![\w-])(?P<a>[A-Z]{2,10}-[0-9]{3,12}(?:-[0-9]{1,8})?)(?![\w-])"),
    ),
    (
        CitationKind.NUMBER,
        re.compile(r"(?<![\w\]])\[(?P<a>[0-9]{1,3}(?:(?:, ?| ?- ?)[0-9]{1,3}){0,12})\](?!\()"),
    ),
    (CitationKind.NUMBER, re.compile(r"(?<=\w )\[(?P<a>[0-9]{1,3})\](?!\()")),
    (
        CitationKind.AUTHOR,
        re.compile(rf"\({_AUTHORS},? {_CITED_YEAR}(?:[;,] [^()\n]{{0,80}})?\)"),
    ),
    (CitationKind.AUTHOR, re.compile(rf"\b{_AUTHORS} \({_CITED_YEAR}\)")),
    (
        CitationKind.PLACE,
        re.compile(
            rf"(?<!\w)(?P<label>(?i:{_LABEL}))(?:(?<=§) ?| )"
            r"(?P<a>[0-9]{1,4}(?:\.[0-9]{1,3}){0,3}|[A-Z](?![\w'-]))(?:\([0-9a-z]{1,4}\)){0,3}"
        ),
    ),
    (
        CitationKind.PARTIES,
        re.compile(
            rf"\b(?P<a>{_NAME}(?: (?:&|and|of|[A-Z][\w'-]{{1,30}})){{0,4}}) vs?\.? "
            rf"(?P<b>{_NAME}(?: [A-Z][\w'-]{{1,30}}){{0,3}})"
        ),
    ),
)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"`{}|\\^]{1,2000}", re.IGNORECASE)
_AFTER_LINK = ".,;:!?'*_"
_OPENING = {")": "(", "]": "["}


def links_in(text: str) -> tuple[Span, ...]:
    """Every address of a page, without the punctuation that follows it."""
    return tuple(_link_span(match) for match in _LINK.finditer(text))


def _link_span(match: re.Match[str]) -> Span:
    link = match.group().rstrip(_AFTER_LINK)
    # A bracket that was opened before the address is closed after it.
    while link[-1:] in {")", "]"} and link.count(_OPENING[link[-1]]) < link.count(link[-1]):
        link = link[:-1].rstrip(_AFTER_LINK)
    return Span(match.start(), match.start() + len(link))


def citations_in(text: str) -> tuple[Citation, ...]:
    """Everything that is pointed at, in order; what two shapes fit is told once."""
    found: list[Citation] = []
    rest = text
    for kind, shape in _SHAPES:
        seen = [_citation(kind, match) for match in shape.finditer(rest)]
        found += seen
        rest = blanked(rest, (citation.span for citation in seen))
    return tuple(sorted(found, key=lambda one: one.span.start))


def _citation(kind: CitationKind, match: re.Match[str]) -> Citation:
    return Citation(
        span=Span(match.start(), match.end()),
        text=match.group(),
        kind=kind,
        parts=tuple(_parts(kind, match.groupdict())),
    )


def _parts(kind: CitationKind, named: dict[str, str]) -> Iterator[str]:
    if kind is CitationKind.AUTHOR:
        yield named["author"].lower().removesuffix("'s")
        yield named["year"]
    elif kind is CitationKind.PLACE:
        yield _LABELS[named["label"].lower()]
        yield named["a"].lower()
    elif kind is CitationKind.NUMBER:
        yield from _numbers(named["a"])
    else:
        yield from (part.lower() for name, part in named.items() if name in {"a", "b"})


def _numbers(written: str) -> Iterator[str]:
    for piece in written.replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        yield first
        if last:
            yield last
