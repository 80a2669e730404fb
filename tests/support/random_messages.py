"""Random requests from their descriptors: plausible, hostile, and damaged."""

import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from kernel.identifiers import new_id

_TEXTS = (
    "",
    "a",
    "a\0b",
    "é" * 50,
    "𝔘" * 9,
    "x" * 5000,
    "'; DROP TABLE runs; --",
    "../../etc",
    "%s%n",
)
_NUMBERS = (0, 1, -1, 2**31 - 1, -(2**31), 7)
_LARGE = (*_NUMBERS, 2**63 - 1, -(2**63), 253_402_300_800)
_ID_PREFIXES = ("ten", "prj", "agt", "per", "key", "run")


def random_message(kind: Any, dice: random.Random, depth: int = 0) -> Any:
    """A message with some of its fields filled in, well or badly."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        if dice.random() < 0.8:
            _fill(message, field, dice, depth)
    return message


def _fill(message: Any, field: FieldDescriptor, dice: random.Random, depth: int) -> None:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        _fill_message(message, field, dice, depth)
    elif field.is_repeated:
        values = [_scalar(field, dice) for _ in range(dice.choice((0, 1, 2, 40)))]
        getattr(message, field.name).extend(values)
    else:
        setattr(message, field.name, _scalar(field, dice))


def _fill_message(message: Any, field: FieldDescriptor, dice: random.Random, depth: int) -> None:
    if depth > 3:
        return
    target = getattr(message, field.name)
    if field.is_repeated:
        made = random_message(type(target.add()), dice, depth + 1)
        target[-1].CopyFrom(made)
    else:
        target.CopyFrom(random_message(type(target), dice, depth + 1))
        target.SetInParent()


def _scalar(field: FieldDescriptor, dice: random.Random) -> Any:
    kind = field.type
    if kind == FieldDescriptor.TYPE_STRING:
        return _text(field.name, dice)
    if kind == FieldDescriptor.TYPE_BYTES:
        return dice.randbytes(dice.choice((0, 1, 32, 500)))
    if kind == FieldDescriptor.TYPE_BOOL:
        return dice.random() < 0.5
    if kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return dice.choice((0.0, -1.5, float("nan"), float("inf"), 1e300))
    if kind == FieldDescriptor.TYPE_INT64:
        return dice.choice(_LARGE)
    return dice.choice(_NUMBERS)


def _text(name: str, dice: random.Random) -> str:
    """Often what the field wants, so that the request gets past its shape."""
    if dice.random() < 0.3:
        return dice.choice(_TEXTS)
    if name == "request_id":
        return f"00000000-0000-4000-8000-{dice.randrange(10**12):012d}"
    for prefix, noun in zip(
        _ID_PREFIXES, ("tenant", "project", "agent", "person", "api_key", "run"), strict=True
    ):
        if name == f"{noun}_id":
            return new_id(prefix)
    return "someone@example.com" if "email" in name else f"name {dice.randrange(1000)}"


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The same bytes with some of them changed, cut or repeated."""
    body = bytearray(data or b"\x0a\x01a")
    for _ in range(dice.randint(1, 8)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    cut = dice.randrange(len(body)) if dice.random() < 0.3 else len(body)
    return bytes(body[:cut]) * dice.choice((1, 1, 2))
