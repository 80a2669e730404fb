"""What is expected of a message, in the names of its contract: can it be, and is it so.

Descriptors are typed loosely: the stubs of protobuf know two families of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from aosctl.document_reader import Problem, below, unknown

# What can be said of a value besides what it is.
AT_LEAST, AT_MOST, CONTAINS, IS_SET, POLICY = "at_least", "at_most", "contains", "is_set", "policy"
_COMPARISONS: dict[str, type] = {
    AT_LEAST: int,
    AT_MOST: int,
    CONTAINS: str,
    IS_SET: bool,
    POLICY: str,
}
_WHOLE = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
}
_MESSAGE, _ENUM = FieldDescriptor.CPPTYPE_MESSAGE, FieldDescriptor.CPPTYPE_ENUM


def impossible(kind: Any, expected: Any, place: str) -> Iterator[Problem]:
    """What of an expectation no message of the kind could ever meet."""
    if not isinstance(expected, dict):
        yield Problem(place=place, description="must be a mapping of names to values")
        return
    for name, value in expected.items():
        field = kind.fields_by_name.get(str(name))
        where = below(place, str(name))
        if field is None:
            yield Problem(place=where, description=unknown(str(name), list(kind.fields_by_name)))
        elif field.is_repeated:
            yield from _impossible_list(field, value, where)
        else:
            yield from _impossible_value(field, value, where)


def _impossible_list(field: Any, expected: Any, place: str) -> Iterator[Problem]:
    if not isinstance(expected, list):
        yield Problem(place=place, description="must be a list of what is to be among them")
        return
    for index, one in enumerate(expected):
        yield from _impossible_value(field, one, f"{place}[{index}]")


def _impossible_value(field: Any, expected: Any, place: str) -> Iterator[Problem]:
    if _is_comparison(expected):
        for name, value in expected.items():
            if type(value) is not _COMPARISONS[name]:
                yield Problem(place=below(place, name), description=f"cannot be {value!r}")
    elif field.cpp_type == _MESSAGE:
        yield from impossible(field.message_type, expected, place)
    elif field.cpp_type == _ENUM:
        names = _names(field.enum_type)
        if str(expected).upper() not in names:
            known = ", ".join(names)
            yield Problem(place=place, description=f"is {expected}; it must be one of {known}")
    elif not isinstance(expected, _kind_of(field)) or (
        isinstance(expected, bool) and field.cpp_type != FieldDescriptor.CPPTYPE_BOOL
    ):
        yield Problem(place=place, description=f"cannot be {expected!r}")


def differences(
    message: Message, expected: Mapping[str, Any], policies: Mapping[str, str]
) -> Iterator[str]:
    """What of a message is not as expected; `policies` are their identifiers by name."""
    for name, value in expected.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        seen = getattr(message, name)
        if field.is_repeated:
            for one in value:
                if not any(not [*_differ(field, each, one, policies)] for each in seen):
                    instead = ", ".join(_shown(field, each, one) for each in seen) or "empty"
                    yield f"{name} is {instead}, expected {one} among them"
        else:
            is_set = message.HasField(name) if field.has_presence else bool(seen)
            yield from (
                f"{name}{said}" for said in _differ(field, seen, value, policies, is_set=is_set)
            )


def _differ(
    field: Any,
    seen: Any,
    expected: Any,
    policies: Mapping[str, str],
    *,
    is_set: bool = True,
) -> Iterator[str]:
    if _is_comparison(expected):
        for name, wanted in expected.items():
            if not _compares(name, seen, wanted, policies, is_set=is_set):
                what = "" if wanted is True else f" {wanted}"
                yield f" is {_shown(field, seen, None)}, expected {name.replace('_', ' ')}{what}"
    elif field.cpp_type == _MESSAGE:
        yield from (f".{said}" for said in differences(seen, expected, policies))
    elif not is_set and field.has_presence:
        yield f" is not set, expected {expected}"
    elif field.cpp_type == _ENUM:
        if _name(field.enum_type, seen) != str(expected).upper():
            yield f" is {_shown(field, seen, None)}, expected {expected}"
    elif seen != expected:
        yield f" is {_shown(field, seen, None)}, expected {expected}"


def _compares(
    name: str, seen: Any, wanted: Any, policies: Mapping[str, str], *, is_set: bool
) -> bool:
    if name == IS_SET:
        return is_set is wanted
    if name == CONTAINS:
        return str(wanted) in str(seen)
    if name == POLICY:
        return bool(seen == policies.get(wanted))
    return bool(seen >= wanted if name == AT_LEAST else seen <= wanted)


def shown(message: Message, expected: Mapping[str, Any]) -> str:
    """A message, as far as something was expected of it."""
    fields = message.DESCRIPTOR.fields_by_name
    parts = (
        f"{name} {_shown(fields[name], getattr(message, name), wanted)}"
        for name, wanted in expected.items()
    )
    return "{" + ", ".join(parts) + "}"


def _shown(field: Any, seen: Any, expected: Any) -> str:
    if field.is_repeated and isinstance(expected, list):
        return "[" + ", ".join(_shown(field, one, None) for one in seen) + "]"
    if field.cpp_type == _ENUM:
        return _name(field.enum_type, seen)
    if field.cpp_type == _MESSAGE:
        whole = expected is None or _is_comparison(expected)
        return "{" + " ".join(str(seen).split()) + "}" if whole else shown(seen, expected)
    return "empty" if seen in ("", b"") else str(seen)


def _is_comparison(expected: Any) -> bool:
    return isinstance(expected, dict) and bool(expected) and expected.keys() <= _COMPARISONS.keys()


def _kind_of(field: Any) -> type | tuple[type, ...]:
    if field.cpp_type in _WHOLE:
        return int
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return bool
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return (int, float)
    return str


def _names(kind: Any) -> list[str]:
    return [_name(kind, value.number) for value in kind.values]


def _name(kind: Any, number: int) -> str:
    """The name of a value without the prefix that all values of the kind share."""
    prefix = kind.values[0].name.removesuffix("UNSPECIFIED")
    value = kind.values_by_number.get(number)
    return str(number) if value is None else value.name.removeprefix(prefix)
