"""Pages, money, clocks and principals."""

from datetime import timedelta

import pytest

from kernel.clock import FakeClock, SystemClock, utc_now
from kernel.errors import InvalidField, TenantMismatch
from kernel.money import MicroUsd, format_usd
from kernel.pagination import MAXIMUM_PAGE_SIZE, Page, effective_page_size
from tests.support.identities import somebody


def test_a_page_knows_whether_there_is_more() -> None:
    full = Page.cut([1, 2, 3], 2, key=lambda item: (str(item),))
    assert (list(full.items), full.next_after) == ([1, 2], ("2",))
    last = Page.cut([1, 2], 2, key=lambda item: (str(item),))
    assert (list(last.items), last.next_after) == ([1, 2], None)


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (7, 7), (10_000, MAXIMUM_PAGE_SIZE)])
def test_a_page_size_has_a_default_and_a_maximum(asked: int, given: int) -> None:
    assert effective_page_size(asked) == given


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (1_500_000, "$1.50"),
        (-2_000_000, "-$2.00"),
        (1_234_567_891, "$1,234.567891"),
    ],
)
def test_money_is_written_exactly(amount: int, text: str) -> None:
    assert format_usd(MicroUsd(amount)) == text


def test_a_fake_clock_moves_only_when_told() -> None:
    clock = FakeClock()
    before, started = clock.now(), clock.monotonic()
    assert clock.now() == before
    clock.advance(timedelta(seconds=5))
    assert clock.now() - before == timedelta(seconds=5)
    assert clock.monotonic() - started == 5


def test_the_system_clock_is_aware_of_its_zone() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert utc_now().tzinfo is not None


def test_a_principal_answers_for_its_own_tenant_only() -> None:
    me = somebody("viewer", tenant="ten_a")
    me.require_tenant("")
    me.require_tenant("ten_a")
    with pytest.raises(TenantMismatch):
        me.require_tenant("ten_b")


def test_an_invalid_field_names_itself() -> None:
    error = InvalidField.named("goal", "must not be empty")
    assert error.message == "goal: must not be empty"
    assert [(item.field, item.description) for item in error.violations] == [
        ("goal", "must not be empty")
    ]
