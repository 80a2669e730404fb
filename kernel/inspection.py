"""What may not be said or kept: what identifies people, and what opens doors.

The one list of both, for content rules, which look, and for what is kept, which is cleaned by it.
"""

import re

from kernel.personal_data import NATIONAL_IDS, PERSONAL_DATA
from kernel.secret_shapes import SECRETS
from kernel.text_shapes import Shape, kinds_in, kinds_of, without

PII_KINDS = kinds_of(PERSONAL_DATA)
SECRET_KINDS = kinds_of(SECRETS)
# Names that stand for several kinds.
KIND_GROUPS = {"national_id": NATIONAL_IDS}

# Pictures and the like: long, random, and no secret. Lines of one block all have its width.
_BLOCKS = re.compile(
    r"data:[\w/+.;=-]{1,100},[A-Za-z0-9+/=_-]{24,}"
    r"|(?<![\w+/=])(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/=]{0,76}"
    r"|\bsha(?:1|256|384|512)[-:][A-Za-z0-9+/=_-]{20,100}"
)
# Most texts hold no number that is long enough for anything: one look instead of eight.
_LONG_NUMBER = re.compile(r"(?:\d[ -]?){6}")
_WITHOUT_NUMBER = tuple(shape for shape in PERSONAL_DATA if shape.kind == "email")
_RANDOM = tuple(shape for shape in SECRETS if shape.kind == "random")
_SHAPED = tuple(shape for shape in SECRETS if shape.kind != "random")


def without_pii(text: str) -> str:
    """The text without what identifies people."""
    return without(text, _personal_data_in(text))


def without_secrets(text: str) -> str:
    """The text without keys, tokens and passwords."""
    shaped = without(text, _SHAPED)
    if not kinds_in(shaped, _RANDOM):
        return shaped
    pieces, at = [], 0
    for block in _BLOCKS.finditer(shaped):
        pieces += [without(shaped[at : block.start()], _RANDOM), block.group()]
        at = block.end()
    return "".join([*pieces, without(shaped[at:], _RANDOM)])


def pii_kinds(text: str) -> list[str]:
    """What of a text identifies people, by kind."""
    return kinds_in(text, _personal_data_in(text))


def _personal_data_in(text: str) -> tuple[Shape, ...]:
    return PERSONAL_DATA if _LONG_NUMBER.search(text) else _WITHOUT_NUMBER


def secret_kinds(text: str) -> list[str]:
    """What of a text opens doors, by kind."""
    found = kinds_in(text, _SHAPED)
    if kinds_in(text, _RANDOM):
        # What has a shape is told by it alone, not once more as something random.
        rest = without(_BLOCKS.sub(" ", text), _SHAPED)
        found += kinds_in(rest, _RANDOM)
    return sorted(set(found))
