"""JSON as it is kept, said and compared: always alike, and nothing that a store stumbles over."""

import json
from typing import Any

from kernel.errors import InvalidField


def read_json(text: str, *, field: str) -> Any:
    """Read a JSON value.

    Raises:
        InvalidField: it is none, or holds what cannot be passed on.
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
        # Half a character, or a number beyond all numbers, can be written in JSON and nowhere else.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidField.named(field, f"is no JSON that can be used ({error})") from error
    return value


def write_json(value: Any) -> str:
    """Write a JSON value, always alike; in ASCII, so that no store stumbles over any character."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")
