"""Words in quotation marks that nobody said in any document."""

import re
from collections.abc import Iterator

from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.quote_index import NearQuote
from services.incidents.domain.hallucination.quotes import Quote, words_of
from services.incidents.domain.hallucination.sources import GOAL
from services.incidents.domain.hallucination.stance import Stance

_CERTAIN = 0.95
# Without a word of who said it, it may be a title or a wording; after these it is a proposal.
_UNATTRIBUTED, _DRAFT, _TITLE, _SHORT, _DOUBTFUL = 0.75, 0.3, 0.5, 0.85, 0.4
_SHORT_WORDS = 4
_NEAR = 0.5
_SAID = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|states?|stated|stating|wrote|writes?|written|according to"
    r"|note[sd]?|reads?"
    r"|report(?:s|ed)|claim(?:s|ed)|told|tells|argue[sd]?|explain(?:s|ed)|add(?:s|ed)|call(?:s"
    r"|ed)|quot\w+"
    r"|spoke of|words?|complain(?:s|ed)|insist(?:s|ed)|conclude[sd]?|describe[sd]?|puts it"
    r"|under|found"
    r"|answer(?:s|ed)|remark(?:s|ed)|declare[sd]?|announce[sd]?|promise[sd]?|think|comment(?:s"
    r"|ed)?)\b",
    re.IGNORECASE,
)
_PROPOSED = re.compile(
    r"\b(?:draft|you (?:could|can|might|may) (?:say|write|ask|add|reply|answer|use)|subject"
    r"|template|such as"
    r"|for example|e\.g|reply|propos\w+|suggest\w*|prompt|button|label|click|type|enter"
    r"|search for|ask"
    r"|rephras\w+|instead of|something like|would be|as if to say)\b",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?:titled|entitled|named|heading|headed|title|section|article|paper|book)\W*$",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 120, 60


def misquotes(examination: Examination) -> Iterator[Finding]:
    """Every quote of the output whose words stand in no document."""
    index = examination.sources.quotes
    for quote in examination.reading.quotes:
        stance = examination.stance_at(quote.span.start)
        if stance in {Stance.SUPPOSED, Stance.QUESTION} or index.holds(quote.pieces):
            continue
        near = index.nearest(words_of(quote.text))
        near = near if near and near.share >= _NEAR else None
        yield examination.finding(
            FindingType.MISQUOTE,
            quote.span,
            reason=_reason(examination, quote, near),
            confidence=confidence(_CERTAIN, *_doubts(examination, quote, stance)),
            document_id=near.source if near else "",
        )


def _reason(examination: Examination, quote: Quote, near: NearQuote | None) -> str:
    reason = f"“{shown(quote.text)}” is in none of {examination.sources.described}"
    if near is None:
        return f"{reason}."
    where = shown(near.source) if near.source != GOAL else "the question"
    return f"{reason}; the nearest, in {where}, is “{shown(near.text)}”."


def _doubts(examination: Examination, quote: Quote, stance: Stance) -> Iterator[float]:
    text = examination.reading.text
    before = text[max(quote.span.start - _BEFORE, 0) : quote.span.start - 1]
    after = text[quote.span.end + 1 : quote.span.end + _AFTER]
    if _PROPOSED.search(before):
        yield _DRAFT
    elif _TITLED.search(before):
        yield _TITLE
    elif not _SAID.search(before) and not _SAID.search(after):
        yield _UNATTRIBUTED
    if sum(map(len, quote.pieces)) < _SHORT_WORDS:
        yield _SHORT
    if stance in {Stance.REFUSAL, Stance.OPINION}:
        yield _DOUBTFUL
