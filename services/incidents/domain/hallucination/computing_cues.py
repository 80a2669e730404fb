"""How a writer says that a figure was computed."""

import re

# Comparisons count only beside the figure: "$7 million more".
_CUE = re.compile(
    r"\b(?:total(?:s|ling)?|together|combined|altogether|sum|difference|gap|average|each|per|i\.e"
    r"|that is|which (?:is|means)|equals?|equal to|makes?|comes? to|works? out|amounts? to"
    r"|corresponds? to|leav(?:es|ing)|left|remain(?:s|ing)?|other|rest|a share|rate|out of|exceeds?"
    r"|spare|an? (?:day|week|month|year|head|piece|person|kilo)|annually|daily|monthly|yearly"
    r"|of them|therefore|thus|hence|so|then|double|half|shorter|longer|within|after|between|passed"
    r"|later|or|every|only|save[sd]?|enough|area|volume|efficiency)\b|[≈=(%]",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"^.{0,24}?\b(?:more|less|fewer|higher|lower|longer|shorter|above|below|larger|smaller|faster"
    r"|slower|earlier|later|ahead|of them|of these|points?|period|growth|of its|of the|change"
    r"|to spare)\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:rose|risen|fell|fallen|grew|grown|climbed|dropped|improved?|increased|decreased"
    r"|declined|shrank|lost|gain(?:s|ed)?|raised|cut|up|down|reduced|warmed|went|turned)\b"
    r"[^.]{0,24}$",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 80, 40


def is_computed(sentence: str, start: int, end: int) -> bool:
    """Whether the writer says that a figure of the sentence was computed."""
    before, after = sentence[:start], sentence[end : end + _AFTER]
    return bool(
        _CUE.search(before[-_BEFORE:])
        or _CUE.search(after)
        or _COMPARISON.match(after)
        or _MOVED.search(before[-_BEFORE:])
    )
