"""Identifiers sort by time, keep their shape, and compare by bytes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import identifiers
from kernel.identifiers import first_id_of, is_id, new_id


def test_an_identifier_has_its_prefix_and_26_characters() -> None:
    made = new_id("run")
    assert made.startswith("run_")
    assert len(made) == 30
    assert is_id(made, "run")


def test_a_thousand_identifiers_are_all_different() -> None:
    assert len({new_id("run") for _ in range(1000)}) == 1000


def test_later_identifiers_sort_after_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(10**18, 10**18 + 50 * 10**6, 10**6))
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: next(moments))
    made = [new_id("run") for _ in range(50)]
    assert made == sorted(made)
    assert [text.encode() for text in made] == sorted(text.encode() for text in made)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2500, 1, 1)))  # noqa: DTZ001
def test_the_first_identifier_of_a_moment_bounds_those_made_later(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert is_id(first_id_of("run", aware), "run")
    assert first_id_of("run", aware) < first_id_of("run", aware + timedelta(milliseconds=2))


def test_the_first_identifier_of_the_past_is_smaller_than_a_new_one() -> None:
    now = datetime.now(tz=UTC)  # noqa: TID251
    assert first_id_of("run", now - timedelta(seconds=1)) < new_id("run")
    assert new_id("run") < first_id_of("run", now + timedelta(seconds=5))


@pytest.mark.parametrize(
    "text", ["", "run_", "run_" + "0" * 25, "run_" + "0" * 27, "run_" + "u" * 26, "RUN_" + "0" * 26]
)
def test_anything_else_is_no_identifier(text: str) -> None:
    assert not is_id(text, "run")
