"""Roles grant what they say and can be handed on only downwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.roles import Role, may_hand_out, role_grants, roles_grant

ROLES = [role.value for role in Role]
PERMISSIONS = [
    "activity.runs.write",
    "activity.runs.read",
    "policies.policies.write",
    "accounts.people.write",
    "governance.switch.write",
]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_an_owner_may_do_everything_and_an_unknown_role_nothing(permission: str) -> None:
    assert role_grants("owner", permission)
    assert not role_grants("intruder", permission)
    assert not roles_grant([], permission)


def test_a_viewer_reads_everything_and_writes_nothing() -> None:
    assert role_grants("viewer", "incidents.incidents.read")
    assert not role_grants("viewer", "activity.runs.write")


def test_only_owners_and_governance_write_policies_and_only_operations_the_switch() -> None:
    writers = [role for role in ROLES if role_grants(role, "policies.policies.write")]
    switchers = [role for role in ROLES if role_grants(role, "governance.switch.write")]
    assert writers == ["owner", "governance"]
    assert switchers == ["owner", "operations"]


@given(st.sets(st.sampled_from(ROLES)), st.sets(st.sampled_from(ROLES), min_size=1))
def test_nobody_hands_out_what_they_do_not_hold(giver: set[str], receiver: set[str]) -> None:
    if may_hand_out(giver, receiver):
        for permission in PERMISSIONS:
            assert roles_grant(giver, permission) or not roles_grant(receiver, permission)


def test_an_administrator_makes_developers_but_no_owners_and_no_governance() -> None:
    assert may_hand_out(["administrator"], ["developer", "viewer", "agent"])
    assert not may_hand_out(["administrator"], ["owner"])
    assert not may_hand_out(["administrator"], ["governance"])
    assert may_hand_out(["owner"], ROLES)
