"""What is sent twice is written once; a call is taken whole or not at all."""

import pytest

from services.logs.domain import once
from services.logs.domain.ledger_entry import SealedDraft, seal
from tests.unit.logs.specimens import draft


def sealed(number: int, **fields: object) -> SealedDraft:
    return seal(draft(number, **fields))


def test_new_items_are_taken_in_their_order_and_known_ones_are_left_out() -> None:
    one, two, three = sealed(1), sealed(2), sealed(3)
    fresh, refusals = once.sift([[three, one], [two, one]], {two.key: two.digest})
    assert fresh == [three, one]
    assert refusals == [None, None]


def test_a_call_with_another_content_is_refused_alone_and_whole() -> None:
    one, two, changed = sealed(1), sealed(2), sealed(1, actor_id="somebody else")
    fresh, refusals = once.sift([[one], [two, changed], [sealed(3)]], {})
    assert [item.key for item in fresh] == [one.key, sealed(3).key]
    assert [refusal and refusal.metadata["record_id"] for refusal in refusals] == [
        None,
        one.key[1],
        None,
    ]


def test_what_a_refused_call_brought_is_not_known_to_the_next_one() -> None:
    one, two, changed = sealed(1), sealed(2), sealed(1, actor_id="somebody else")
    fresh, refusals = once.sift([[one], [two, changed], [two]], {})
    assert fresh == [one, two]
    assert refusals[2] is None


def test_two_contents_under_one_identifier_in_one_call_are_refused() -> None:
    fresh, refusals = once.sift([[sealed(1), sealed(1, actor_id="somebody else")]], {})
    assert fresh == []
    assert refusals[0] is not None


def test_the_same_identifier_of_another_tenant_is_another_item() -> None:
    other = sealed(1, tenant_id="ten_01k9zj3v6q8m2x4t5w7y9abcdf")
    fresh, _ = once.sift([[sealed(1)], [other]], {})
    assert len(fresh) == 2


def test_mutant_without_the_digest_another_content_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealedDraft, "digest", b"always the same")
    _, refusals = once.sift([[sealed(1)], [sealed(1, actor_id="somebody else")]], {})
    assert refusals == [None, None]
