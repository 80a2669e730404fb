"""What opens doors: keys, tokens and passwords, by shape, and by looking like chance.

Whatever looks random is not a secret yet: hashes, identifiers and pictures do as well. A token of
unknown make therefore has capitals, small letters and digits in quick change, and stands alone.
"""

import base64
import binascii
import math
import re
from collections import Counter
from itertools import pairwise

from kernel.checksums import always
from kernel.text_shapes import Shape

_LEAST_BITS_A_CHARACTER = 3.8
_LEAST_BITS_OF_A_NAMED_ONE = 3.0
_LEAST_CHANGES = 0.4
_NAMED = re.compile(r"[:=]\s{0,3}[\"']?(\S+?)[\"']?$")


def _bits_a_character(text: str) -> float:
    """The entropy of the characters of a text."""
    shares = [times / len(text) for times in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _class(character: str) -> int:
    return 0 if character.isdigit() else 1 if character.isupper() else 2


def _looks_random(text: str) -> bool:
    classes = [_class(character) for character in text if character.isalnum()]
    if set(classes) != {0, 1, 2} or _bits_a_character(text) < _LEAST_BITS_A_CHARACTER:
        return False
    # Words that were joined LikeThis2 change seldom, chance does at more than every second place.
    changes = sum(one != other for one, other in pairwise(classes))
    return changes >= _LEAST_CHANGES * len(classes) and not _is_written_text(text)


def _is_written_text(text: str) -> bool:
    """Whether it is base64 of something that somebody wrote."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return plain.decode("ascii").isprintable()
    except (binascii.Error, UnicodeDecodeError):
        return False


def _named_and_random(text: str) -> bool:
    """Whether what a name like `secret=` is given could be one, and is no placeholder."""
    named = _NAMED.search(text)
    value = named.group(1) if named else ""
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return mixed and _bits_a_character(value) >= _LEAST_BITS_OF_A_NAMED_ONE


def _key(pattern: str, *markers: str) -> Shape:
    return Shape(kind="key", pattern=re.compile(pattern), confirm=always, markers=markers)


SECRETS = (
    _key(r"\baos_[a-z]{2,8}_[0-9a-z]{26}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b", "aos_"),
    _key(r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,200}", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_"),
    _key(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "AKIA", "ASIA"),
    _key(r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _key(r"\bgithub_pat_[A-Za-z0-9_]{22,255}\b", "github_pat_"),
    _key(r"\bglpat-[A-Za-z0-9_-]{20,64}", "glpat-"),
    _key(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,200}", "xox"),
    _key(r"\bAIza[0-9A-Za-z_-]{35}", "AIza"),
    _key(r"\bnpm_[A-Za-z0-9]{36}\b", "npm_"),
    _key(r"\bhf_[A-Za-z0-9]{30,64}\b", "hf_"),
    _key(r"\bSG\.[\w-]{16,32}\.[\w-]{16,64}", "SG."),
    _key(r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])", ":AA"),
    Shape(
        kind="token",
        pattern=re.compile(
            r"(?<![\w-])eyJ[\w-]{5,2000}\."
            r"(?:eyJ[\w-]{5,4000}(?:\.[\w-]{0,1000})?|[\w-]{5,4000}\.[\w-]{5,1000})"
        ),
        confirm=always,
        markers=("eyJ",),
    ),
    Shape(
        kind="private_key",
        pattern=re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}"),
        confirm=always,
        markers=("PRIVATE KEY",),
    ),
    Shape(
        kind="password",
        pattern=re.compile(r"(?i)(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,200}(?=@)"),
        confirm=always,
        markers=("://",),
    ),
    # A name that says what it is given, as in settings: the value may then be of any make.
    Shape(
        kind="password",
        pattern=re.compile(
            r"(?i)(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key)[\"']?\s{0,3}[:=]\s{0,3}"
            r"[\"']?[A-Za-z0-9+/_=~!@#$%^&*.-]{12,200}[\"']?"
        ),
        confirm=_named_and_random,
        markers=("assw", "ASSW", "ecret", "ECRET", "oken", "OKEN", "key", "KEY", "Key"),
    ),
    # Between separators of base64 or of paths nothing stands alone, so no picture is taken apart.
    Shape(
        kind="random",
        pattern=re.compile(r"\b(?<![+/=.-])[A-Za-z0-9_-]{24,100}(?![\w+/=.-])"),
        confirm=_looks_random,
    ),
)
