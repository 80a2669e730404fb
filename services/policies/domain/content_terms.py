"""What the terms of a content rule must be, for each detector; whatever cannot work is named."""

import re
from collections.abc import Callable, Iterator, Sequence

from kernel.errors import FieldViolation
from kernel.inspection import KIND_GROUPS, PII_KINDS, SECRET_KINDS
from services.policies.domain.expression_machine import Expression
from services.policies.domain.expression_syntax import BadExpression
from services.policies.domain.policy_body import ContentRule, Detector

_CATEGORY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PII = (*PII_KINDS, *KIND_GROUPS)
_NEEDED = {
    Detector.WORDS: "must name at least one word",
    Detector.EXPRESSIONS: "must name at least one regular expression",
    Detector.SAFETY: "must name at least one category of the classifier",
}


def term_violations(path: str, rule: ContentRule) -> Iterator[FieldViolation]:
    """Everything that is wrong with the terms of a rule."""
    if not rule.terms and rule.detector in _NEEDED:
        yield FieldViolation(field=f"{path}.terms", description=_NEEDED[rule.detector])
    seen: set[str] = set()
    for index, term in enumerate(rule.terms):
        said = "is named twice" if term in seen else _WRONG[rule.detector](term)
        seen.add(term)
        if said:
            yield FieldViolation(field=f"{path}.terms[{index}]", description=said)


def _one_of(known: Sequence[str]) -> Callable[[str], str]:
    return lambda term: "" if term in known else f"must be one of {', '.join(known)}"


def _word(term: str) -> str:
    if term != term.strip() or not any(map(str.isalnum, term)):
        return "must hold a letter or digit and no space at its ends"
    return ""


def _expression(term: str) -> str:
    try:
        ready = Expression(term)
    except BadExpression as error:
        return str(error)
    empty = ready.is_in("", still_time=lambda: True)
    return "is found in every text, even an empty one" if empty else ""


def _category(term: str) -> str:
    return "" if _CATEGORY.fullmatch(term) else "must be lower case letters, digits and _"


_WRONG: dict[Detector, Callable[[str], str]] = {
    Detector.PII: _one_of(_PII),
    Detector.SECRETS: _one_of(SECRET_KINDS),
    Detector.WORDS: _word,
    Detector.EXPRESSIONS: _expression,
    Detector.SAFETY: _category,
}
