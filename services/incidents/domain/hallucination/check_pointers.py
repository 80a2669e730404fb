"""Citations and links that lead to nothing that the run retrieved."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.incidents.domain.hallucination.citations import Citation, CitationKind
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.sources import Source, Sources
from services.incidents.domain.hallucination.stance import NO_CLAIM

_CERTAIN_CITATION = {
    CitationKind.NUMBER: 0.9,
    CitationKind.AUTHOR: 0.9,
    CitationKind.PLACE: 0.85,
    CitationKind.IDENTIFIER: 0.9,
    CitationKind.PARTIES: 0.9,
}
_CERTAIN_LINK = 0.95
# A standard is known to everybody; a page of a host that was read may well exist.
_STANDARD, _SAME_HOST, _ABOVE_A_KNOWN, _OTHER_QUERY, _UNSURE = 0.6, 0.75, 0.4, 0.5, 0.3
# An output with more pointers than this is a list of them.
_MOST_LOOKED_AT = 2_000
_STANDARDS = re.compile(r"^(?:rfc|iso|iec|ieee|din|sha|aes|utf|en)[ -]?[0-9]", re.IGNORECASE)
_EXAMPLES = re.compile(r"^(?:localhost|127\.|(?:.*\.)?example(?:\.[a-z]+)?$)")
_TRACKING = re.compile(r"^(?:utm_|gclid|fbclid|ref$|source$)")
_NUMBER_OF_ID = re.compile(r"([0-9]+)\D*$")
_ID = re.compile(
    r"(?<![\w-])(?P<prefix>[a-z]{2,16}[-_])(?P<number>[0-9]{1,8})(?![\w-])", re.IGNORECASE
)


def unknown_citations(examination: Examination) -> Iterator[Finding]:
    """Every pointer of the output that nothing answers to."""
    known = _Known(examination.sources)
    pointers = (*examination.reading.citations, *_document_ids(examination, known))
    for citation in pointers[:_MOST_LOOKED_AT]:
        if known.resolves(citation):
            continue
        doubts = [_STANDARD] if _STANDARDS.match(citation.text) else []
        if examination.stance_at(citation.span.start) in NO_CLAIM:
            doubts.append(_UNSURE)
        yield examination.finding(
            FindingType.UNKNOWN_CITATION,
            citation.span,
            reason=f"{shown(citation.text)} leads to nothing in {examination.sources.described}.",
            confidence=confidence(_CERTAIN_CITATION[citation.kind], *doubts),
        )


@dataclass(frozen=True)
class _Known:
    """What a citation may lead to."""

    sources: Sources

    def resolves(self, citation: Citation) -> bool:
        """Whether anything answers to it."""
        if citation.kind is CitationKind.NUMBER:
            return all(part in self.numbers for part in citation.parts)
        if citation.kind is CitationKind.PLACE:
            label, number = citation.parts
            return (label, number) in self.places or number in self.headings
        return any(
            all(self._has(source, part) for part in citation.parts) for source in self.sources.all
        )

    def _has(self, source: Source, part: str) -> bool:
        at = source.flat.find(part)
        while at >= 0:
            after = source.flat[at + len(part) : at + len(part) + 1]
            if not source.flat[at - 1 : at].isalnum() and not after.isalnum():
                return True
            at = source.flat.find(part, at + 1)
        return False

    @cached_property
    def numbers(self) -> frozenset[str]:
        """What a number in brackets may be: a document's place in the list, or that of its id."""
        found = {str(place) for place in range(1, self.sources.count + 1)}
        found |= {
            match.group(1)
            for document in self.sources.documents
            if (match := _NUMBER_OF_ID.search(document.id))
        }
        cited = (one for one in self._citations if one.kind is CitationKind.NUMBER)
        return frozenset(found.union(*(one.parts for one in cited)))

    @cached_property
    def places(self) -> frozenset[tuple[str, ...]]:
        """Sections, tables and the like that a document names, and those around them."""
        found = {one.parts for one in self._citations if one.kind is CitationKind.PLACE}
        return frozenset(found | {(label, number.partition(".")[0]) for label, number in found})

    @cached_property
    def headings(self) -> frozenset[str]:
        """Numbers with which a line of a document begins."""
        line = re.compile(r"^\W{0,4}([0-9]{1,3}(?:\.[0-9]{1,3}){0,3})[.):]? +\S", re.MULTILINE)
        return frozenset(
            match.group(1)
            for source in self.sources.documents
            for match in line.finditer(source.reading.text)
        )

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """How the ids of documents begin, where they end in a number."""
        return frozenset(
            match.group("prefix").lower()
            for document in self.sources.documents
            if (match := _ID.fullmatch(document.id))
        )

    @property
    def _citations(self) -> Iterator[Citation]:
        for source in self.sources.all:
            yield from source.reading.citations


def _document_ids(examination: Examination, known: _Known) -> Iterator[Citation]:
    """Words that look like the ids of the documents."""
    if not known.prefixes:
        return
    for match in _ID.finditer(examination.reading.prose):
        if match.group("prefix").lower() in known.prefixes:
            yield Citation(
                span=Span(*match.span()),
                text=match.group(),
                kind=CitationKind.IDENTIFIER,
                parts=(match.group().lower(),),
            )


def unknown_links(examination: Examination) -> Iterator[Finding]:
    """Every address in the output that the run did not retrieve, nor read in a document."""
    known = _known_addresses(examination.sources)
    hosts: dict[str, set[str]] = {}
    for host, path, _ in known:
        hosts.setdefault(host, set()).add(path)
    for span in examination.reading.links:
        written = examination.reading.text[span.start : span.end]
        address = _address(written)
        if address in known or _EXAMPLES.match(address[0]):
            continue
        doubts = list(_link_doubts(address, hosts))
        if examination.stance_at(span.start) in NO_CLAIM:
            doubts.append(_UNSURE)
        other = (
            "another page of its host was" if address[0] in hosts else "nor any page of its host"
        )
        yield examination.finding(
            FindingType.UNKNOWN_LINK,
            span,
            reason=f"{shown(written)} was not retrieved by this run, {other}.",
            confidence=confidence(_CERTAIN_LINK, *doubts),
        )


_Address = tuple[str, str, str]


def _link_doubts(address: _Address, hosts: dict[str, set[str]]) -> Iterator[float]:
    host, path, _ = address
    if host not in hosts:
        return
    if path in hosts[host]:
        yield _OTHER_QUERY
    elif any(page.startswith(f"{path}/") for page in hosts[host]):
        yield _ABOVE_A_KNOWN
    else:
        yield _SAME_HOST


def _known_addresses(sources: Sources) -> frozenset[_Address]:
    written: Sequence[str] = [
        source.reading.text[span.start : span.end]
        for source in sources.all
        for span in source.reading.links
    ]
    urls = [source.url for source in sources.documents if source.url]
    return frozenset(_address(one) for one in (*urls, *written))


def _address(written: str) -> _Address:
    """Host, path and query of a link, without what does not tell pages apart."""
    whole = written if "://" in written else f"http://{written}"
    try:
        parts = urlsplit(whole)
        query = [one for one in parse_qsl(parts.query) if not _TRACKING.match(one[0])]
    except ValueError:
        return (written.lower(), "", "")
    host = parts.netloc.lower().removeprefix("www.")
    return (host, parts.path.rstrip("/").lower(), urlencode(sorted(query), errors="replace"))
