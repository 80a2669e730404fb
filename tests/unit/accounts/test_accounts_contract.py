"""Reasons, events, roles and states of accounts: each is in the contract, code and schema alike."""

import re
from typing import get_args

from aos.accounts.v1 import events_pb2, person_pb2
from aos.errors.v1.error_reason_pb2 import ErrorReason
from kernel.clock import FakeClock
from kernel.errors import ServiceError
from kernel.roles import Role
from servicekit.settings import ROOT
from services.accounts.api.event_messages import encode
from services.accounts.domain import errors, events
from services.accounts.domain.tenant import PLANE, TenantState
from tests.unit.accounts.specimens import (
    a_person,
    a_project,
    a_tenant,
    an_agent,
    an_api_key,
)

MIGRATION = ROOT / "services/accounts/store/migrations/0001_create_accounts.py"


def test_every_reason_of_accounts_has_exactly_one_error() -> None:
    declared = {
        value.name.removeprefix("ERROR_REASON_")
        for value in ErrorReason.DESCRIPTOR.values
        if 200 <= value.number < 300
    }
    raised = [
        kind.reason
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, ServiceError)
        and kind.__module__ == errors.__name__
    ]
    assert sorted(raised) == sorted(declared)


def test_every_event_of_the_contract_is_announced_under_its_name() -> None:
    tenant = a_tenant()
    suspended = tenant.suspended(reason="unpaid", at=FakeClock().now())
    project = a_project(tenant.id)
    key = an_api_key(tenant.id)
    revoked = key.revoked(reason="it leaked", at=FakeClock().now())
    announced: list[events.AccountsEvent] = [
        events.TenantCreated(tenant=tenant),
        events.TenantSuspended(tenant=suspended),
        events.TenantResumed(tenant=suspended.resumed(at=FakeClock().now())),
        events.ProjectCreated(project=project),
        events.ProjectUpdated(project=project.renamed("x", at=FakeClock().now())),
        events.AgentCreated(agent=an_agent(project)),
        events.AgentUpdated(agent=an_agent(project)),
        events.PersonAdded(person=a_person(tenant.id)),
        events.PersonUpdated(person=a_person(tenant.id)),
        events.ApiKeyCreated(api_key=key),
        events.ApiKeyRevoked(api_key=revoked),
    ]
    assert {type(event) for event in announced} == set(get_args(events.AccountsEvent))
    messages = dict(events_pb2.DESCRIPTOR.message_types_by_name)
    for event in announced:
        name = type(event).__name__
        sent = encode(event)
        body = getattr(events_pb2, name).FromString(sent.body)
        ((field, aggregate), *rest) = body.ListFields()
        assert sent.event_type == re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        assert (sent.tenant_id, sent.aggregate_id) == (tenant.id, aggregate.id)
        assert [(extra.name, value) for extra, value in rest] in (
            [],
            [("reason", "unpaid" if field.name == "tenant" else "it leaked")],
        )
        assert sent.sequence == (2 if name in SECOND else 3 if name == "TenantResumed" else 1)
        del messages[name]
    assert messages == {}


SECOND = {"TenantSuspended", "ProjectUpdated", "ApiKeyRevoked"}


def test_roles_are_the_same_in_kernel_contract_and_schema() -> None:
    names = [
        value.removeprefix("ROLE_").lower() for value in person_pb2.Role.DESCRIPTOR.values_by_name
    ]
    assert names == ["unspecified", *Role]
    text = MIGRATION.read_text().partition("_ROLES = (")[2].partition(")\n\n")[0]
    assert re.findall(r"'(\w+)'", text) == list(Role)


def test_states_and_the_planes_id_are_the_same_in_code_and_schema() -> None:
    text = MIGRATION.read_text()
    assert "state IN ({})".format(", ".join(f"'{state}'" for state in TenantState)) in text
    assert f"'{PLANE}' = ANY" in text
