"""What an entry is hashed as: canonical bytes, whoever writes them."""

import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kernel import merkle
from kernel.errors import InvalidField
from services.logs.domain.canonical import canonical
from services.logs.domain.ledger_entry import (
    LedgerEntry,
    chained,
    is_faithful,
    read_state,
    seal,
    states_of,
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


def test_a_damaged_leaf_has_no_states_and_is_not_faithful() -> None:
    sealed = seal(draft(1, before={"a": 1}))
    entry = LedgerEntry(
        draft=sealed.draft,
        sequence=0,
        leaf=sealed.leaf,
        leaf_hash=sealed.leaf_hash,
        chain_hash=chained(bytes(32), sealed.leaf_hash),
        appended_at=AT,
    )
    assert states_of(sealed.leaf) == ({"a": 1}, None)
    assert is_faithful(entry)
    assert not is_faithful(replace(entry, draft=replace(entry.draft, run_id=None)))
    for damaged in (b"", b"\xff", b"[]", sealed.leaf[:-1]):
        assert states_of(damaged) == (None, None)
        assert not is_faithful(replace(entry, leaf=damaged))
