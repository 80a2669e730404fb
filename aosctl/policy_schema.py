"""The shape of a policy file as JSON Schema, made from what the plane itself reads."""

import dataclasses
import json
import typing
from collections.abc import Mapping
from dataclasses import MISSING
from enum import Enum
from typing import Any

from aosctl.policy_documents import PolicyDocument

_ADDRESS = "https://json-schema.org/draft/2020-12/schema"
# What the classes alone do not say; the plane checks all of it, editors see it as one types.
_MORE: dict[str, dict[str, Any]] = {
    "PolicyDocument.name": {"minLength": 1, "maxLength": 200},
    "PolicyDocument.description": {"maxLength": 2000},
    "Limit.name": {"pattern": "^[a-z][a-z0-9_]{0,39}$"},
    "Limit.maximum": {"minimum": 0, "maximum": 10**15},
    "Limit.window_seconds": {"minimum": 0, "maximum": 2_678_400},
    "ContentRule.name": {"pattern": "^[a-z][a-z0-9_]{0,39}$"},
    "AlertTier.percent": {"minimum": 1, "maximum": 99},
    "Precedence.order": {"minimum": 0, "maximum": 1_000_000},
}
_PLAIN = {str: "string", int: "integer", bool: "boolean"}


def schema_text() -> str:
    """The schema, as it is kept in docs/policy.schema.json."""
    definitions: dict[str, Any] = {}
    root = _object(PolicyDocument, definitions)
    schema = {"$schema": _ADDRESS, "title": "AOS policy", **root, "$defs": definitions}
    return json.dumps(schema, indent=2) + "\n"


def _object(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": _summary(kind),
        "additionalProperties": False,
        "required": [
            item.name
            for item in fields
            if item.default is MISSING and item.default_factory is MISSING
        ],
        "properties": {
            item.name: {
                **_value(hints[item.name], definitions),
                **_MORE.get(f"{kind.__name__}.{item.name}", {}),
            }
            for item in fields
        },
    }


def _value(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return {"type": "array", "items": _value(typing.get_args(hint)[0], definitions)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": {"type": "integer"}}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    name = hint.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _names(hint) if issubclass(hint, Enum) else _object(hint, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _names(kind: type[Enum]) -> dict[str, Any]:
    names = list(kind.__members__)
    return {"description": _summary(kind), "enum": names + [name.lower() for name in names]}


def _summary(kind: type[Any]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]
