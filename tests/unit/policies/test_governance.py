"""Where the switch stands, and what counts of two."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from kernel.identifiers import TenantId
from services.policies.domain.governance import (
    USUAL_TIME_OFF,
    GovernanceState,
    GovernanceSwitch,
    in_force,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ACTIVE, DEGRADED, DISABLED = (
    GovernanceState.ACTIVE,
    GovernanceState.DEGRADED,
    GovernanceState.DISABLED,
)


def moved(switch: GovernanceSwitch, to: GovernanceState, **other: timedelta) -> GovernanceSwitch:
    return switch.moved(to, reason="because", by="per_1", at=NOW, **other)


@pytest.fixture
def untouched() -> GovernanceSwitch:
    return GovernanceSwitch(tenant_id=TenantId("ten_1"))


@pytest.mark.gap("GAP-070")
@pytest.mark.parametrize(("tenant", "plane"), list(product(GovernanceState, repeat=2)))
def test_degraded_beats_all_and_off_beats_on(
    tenant: GovernanceState, plane: GovernanceState
) -> None:
    counts = in_force(tenant, plane)
    assert (counts is DEGRADED) == (DEGRADED in (tenant, plane))
    assert (counts is ACTIVE) == (tenant is plane is ACTIVE)
    assert in_force(plane, tenant) is counts


def test_what_nobody_touched_is_on(untouched: GovernanceSwitch) -> None:
    assert (untouched.at(NOW), untouched.epoch, untouched.changed_at) == (ACTIVE, 0, None)


@pytest.mark.gap("GAP-069")
@pytest.mark.parametrize("off_for", [USUAL_TIME_OFF, timedelta(hours=24), timedelta(seconds=1)])
def test_off_ends_at_its_moment_and_not_before(
    untouched: GovernanceSwitch, off_for: timedelta
) -> None:
    off = moved(untouched, DISABLED, off_for=off_for)
    assert off.at(NOW + off_for - timedelta(microseconds=1)) is DISABLED
    assert off.at(NOW + off_for) is ACTIVE
    assert off.at(NOW + timedelta(days=400)) is ACTIVE


@pytest.mark.parametrize("state", [ACTIVE, DEGRADED])
def test_on_and_degraded_last(untouched: GovernanceSwitch, state: GovernanceState) -> None:
    switch = moved(moved(untouched, DISABLED), state)
    assert (switch.expires_at, switch.at(NOW + timedelta(days=400))) == (None, state)


def test_every_move_counts(untouched: GovernanceSwitch) -> None:
    switch = untouched
    for epoch, state in enumerate((DISABLED, DISABLED, DEGRADED, ACTIVE), start=1):
        switch = moved(switch, state)
        assert switch.epoch == epoch


def test_only_off_can_be_asked_for_again(untouched: GovernanceSwitch) -> None:
    off, degraded = moved(untouched, DISABLED), moved(untouched, DEGRADED)
    assert untouched.leads_nowhere(ACTIVE, NOW)
    assert degraded.leads_nowhere(DEGRADED, NOW)
    assert not off.leads_nowhere(DISABLED, NOW)
    # One that came back by itself is on, and is still to be noted as such.
    assert not off.leads_nowhere(ACTIVE, NOW + timedelta(days=1))
