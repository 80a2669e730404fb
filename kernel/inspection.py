"""Takes out of a text what may not be kept: what identifies people, and what opens doors.

Patterns are linear in the length of the text and are confirmed by a checksum where there is one, so
that an order number is not taken for a card. What is found becomes its kind in brackets.
"""

import re
from collections.abc import Callable

_Confirm = Callable[[str], bool]


def _luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _mod_97(text: str) -> bool:
    compact = re.sub(r"\s", "", text).upper()
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1


def _anything(_text: str) -> bool:
    return True


_PII: tuple[tuple[str, re.Pattern[str], _Confirm], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), _anything),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _mod_97),
    ("card", re.compile(r"\b\d(?:[ -]?\d){12,18}\b"), _luhn),
    ("phone", re.compile(r"(?<![\w.])\+\d{1,3}(?:[ -]?\d){6,13}\b"), _anything),
    ("national id", re.compile(r"\b(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"), _anything),
)
_SECRETS: tuple[tuple[str, re.Pattern[str], _Confirm], ...] = (
    (
        "key",
        re.compile(r"\baos_[a-z]{2,8}_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b"),
        _anything,
    ),
    ("key", re.compile(r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,200}"), _anything),
    ("key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), _anything),
    ("key", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"), _anything),
    ("token", re.compile(r"\beyJ[\w-]{5,2000}\.[\w-]{5,4000}\.[\w-]{5,1000}"), _anything),
    ("private key", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}"), _anything),
    ("password", re.compile(r"(?i)(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,200}(?=@)"), _anything),
)


def without_pii(text: str) -> str:
    """The text without what identifies people."""
    return _without(text, _PII)


def without_secrets(text: str) -> str:
    """The text without keys, tokens and passwords."""
    return _without(text, _SECRETS)


def _without(text: str, kinds: tuple[tuple[str, re.Pattern[str], _Confirm], ...]) -> str:
    for name, pattern, confirm in kinds:
        text = pattern.sub(_replacement(name, confirm), text)
    return text


def _replacement(name: str, confirm: _Confirm) -> Callable[[re.Match[str]], str]:
    return lambda match: f"[{name}]" if confirm(match.group()) else match.group()
