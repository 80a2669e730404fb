"""Words without their endings, so that those of a paraphrase are met again."""

import re
from collections.abc import Iterator
from functools import lru_cache

from services.incidents.domain.hallucination.vocabulary import STOP_WORDS

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_LONGEST = 40
_ENDINGS = ("ing", "ed", "es", "ly", "s")
_SHORTEST_STEM = 3
_PAIRS = """fell:fall rose:rise risen:rise grew:grow grown:grow lost:lose shrank:shrink
    shrunk:shrink kept:keep sold:sell bought:buy paid:pay held:hold led:lead met:meet said:say
    written:write wrote:write began:begin begun:begin built:build left:leave sent:send spent:spend
    stood:stand taken:take told:tell thought:think won:win women:woman men:man children:child
    people:person persons:person cost:cost ran:run gave:give chose:choose chosen:choose drew:draw
    drove:drive flew:fly knew:know known:know saw:see seen:see spoke:speak struck:strike"""
_IRREGULAR = dict(pair.split(":") for pair in _PAIRS.split())


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The word without its ending; two words of one family mostly share it."""
    low = word[:_LONGEST].lower().removesuffix("'s").replace("'", "")
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low.endswith("ies") and len(low) > _SHORTEST_STEM + 1:
        return low[:-3] + "y"
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= _SHORTEST_STEM:
            return _without_double(low[: -len(ending)]) if not low.endswith("ss") else low
    return low.removesuffix("e") if len(low) > _SHORTEST_STEM + 1 else low


def _without_double(low: str) -> str:
    if low[-1] == low[-2] and low[-1] not in "lsz":
        return low[:-1]
    return low.removesuffix("e")


@lru_cache(maxsize=65_536)
def is_content(word: str) -> bool:
    """Whether a word says something by itself."""
    low = word[:_LONGEST].lower()
    return len(low) > 1 and low not in STOP_WORDS and not low.endswith("n't")


def content_stems(text: str) -> Iterator[str]:
    """What the words of a text have in common with others of their family, in order."""
    for match in WORD.finditer(text):
        for part in match.group().split("-"):
            if is_content(part):
                yield stem(part)
