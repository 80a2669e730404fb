"""Canonical JSON (RFC 8785): one way to write a document, so that its bytes can be hashed."""

import json
from typing import Any

import rfc8785

# Larger numbers are not the same in every reader of JSON.
_LARGEST_INTEGER = 2**53 - 1
_SMALLEST, _LARGEST = 1e-4, 1e16
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def canonical(document: Any) -> bytes:
    """The canonical bytes of a document.

    The standard library's encoder writes the same bytes in a quarter of the time (15 instead of 55
    microseconds for an entry of the ledger), as long as there are no numbers of extreme size and
    no member names whose order depends on their encoding. A test holds the two equal.

    Raises:
        ValueError: it holds what canonical JSON cannot.
    """
    if _is_plain(document):
        return _ENCODER.encode(document).encode()
    return rfc8785.dumps(document)


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_LARGEST_INTEGER <= value <= _LARGEST_INTEGER)
    if kind is float:
        # Between these, both write the shortest digits that mean the number, without an exponent;
        # a whole number would get a fraction from the one and none from the other.
        return bool(_SMALLEST <= abs(value) < _LARGEST and not value.is_integer())
    if kind is dict:
        return _has_plain_members(value)
    return kind is list and all(map(_is_plain, value))


def _has_plain_members(members: dict[str, Any]) -> bool:
    # Nearly every member is a text: asking here saves a call for each.
    for key, value in members.items():
        if not key.isascii() or not (type(value) is str or _is_plain(value)):
            return False
    return True
