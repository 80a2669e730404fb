"""What an entry is hashed as: canonical bytes, whoever writes them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kernel import merkle
from kernel.errors import InvalidField
from services.logs.domain.canonical import canonical
from services.logs.domain.ledger_entry import (
    FOUND_BY,
    KeptEntry,
    chained,
    is_faithful,
    read_leaf,
    read_state,
    seal,
)
from tests.unit.logs.specimens import AT, draft

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(DOCUMENTS)
def test_any_document_is_written_as_the_reference_writes_it(document: object) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("document", [{"a": 2**53}, {"a": [float("inf")]}, {"a": "\ud800"}])
def test_what_canonical_json_cannot_hold_is_refused(document: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reference words it
        canonical(document)


def test_a_leaf_holds_everything_and_nothing_depends_on_the_order_of_members() -> None:
    one = seal(draft(before={"a": 1, "b": [1.5]}, after={"é": None}))
    other = seal(draft(before={"b": [1.5], "a": 1}, after={"é": None}))
    assert one.leaf == other.leaf == rfc8785.dumps(json.loads(one.leaf))
    assert one.leaf_hash == merkle.leaf_hash(one.leaf)
    assert json.loads(one.leaf)["occurred_at"] == "2026-11-20T12:00:00.000123Z"


@pytest.mark.parametrize("field", ["service", "event_type", "entity_id", "actor_id", "run_id"])
def test_another_value_anywhere_is_another_leaf(field: str) -> None:
    assert seal(replace(draft(), **{field: "other"})).leaf_hash != seal(draft()).leaf_hash


@pytest.mark.parametrize(
    "text",
    ["[]", "1", "{", '{"a":1,"a":2}', '{"a":NaN}', '{"a":' * 20_000, '{"a":' + "9" * 5000 + "}"],
)
def test_a_state_that_is_no_object_with_distinct_members_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="before_json"):
        read_state("before_json", text)


def test_a_number_that_readers_disagree_about_is_refused() -> None:
    with pytest.raises(InvalidField, match="cannot be kept"):
        seal(draft(before=read_state("before_json", '{"a":9007199254740993}')))


@pytest.mark.parametrize(
    "number",
    [0.0, -0.0, 1.0, 1e-4, 9.9e-5, 1e-7, 1e15 + 0.5, 1e16, 1e21, 1e22, 0.1 + 0.2, -4.35, 5e-324],
)
def test_a_number_is_written_the_same_whichever_encoder_writes_it(number: float) -> None:
    assert canonical({"n": number}) == rfc8785.dumps({"n": number})


def test_a_damaged_leaf_has_no_states_and_is_not_faithful() -> None:
    sealed = seal(draft(1, before={"a": 1}))
    values = {name: getattr(sealed.draft, name) for name in FOUND_BY}
    entry = KeptEntry(
        sequence=0,
        leaf=sealed.leaf,
        leaf_hash=sealed.leaf_hash,
        chain_hash=chained(bytes(32), sealed.leaf_hash),
        found_by=tuple(values.values()),
    )
    said = read_leaf(sealed.leaf) or {}
    assert (said["before"], said["after"]) == ({"a": 1}, None)
    assert is_faithful(entry)
    for name in FOUND_BY:
        another = AT + timedelta(seconds=1) if name == "occurred_at" else "another"
        changed = {**values, name: another}
        assert not is_faithful(entry._replace(found_by=tuple(changed.values()))), name
    for damaged in (b"", b"\xff", b"[]", sealed.leaf[:-1]):
        assert read_leaf(damaged) is None
        assert not is_faithful(entry._replace(leaf=damaged))
