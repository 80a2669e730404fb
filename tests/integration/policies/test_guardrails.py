"""A new tenant begins with guardrails, once, and they do what they say."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.accounts.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from aos.policies.v1 import policy_pb2
from kernel.clock import utc_now
from kernel.errors import InternalError
from kernel.identifiers import TenantId, new_id
from servicekit.events import Event
from services.policies.domain.guardrail import Guardrail
from services.policies.store.guardrails import PostgresGuardrails
from services.policies.workers.on_tenant_created import CONSUMER
from tests.support.governed import CONTINUE, STOP, WARN, GovernedRun, Tenant
from tests.support.plane import Plane
from tests.support.waiting import until

PACK = {"Cost per day", "Steps per run", "Duration per run", "No secrets", "Personal data"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Policies beside accounts that makes tenants."""
    await empty_plane.start_all("accounts", "policies")
    for name in ("accounts", "policies"):
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


class Newcomer(Tenant):
    """A tenant that accounts knows by the id that the test gives it."""

    def __init__(self, plane: Plane, tenant_id: str) -> None:
        super().__init__(plane)
        self.id = TenantId(tenant_id)
        # accounts signs the tokens here, so the operator acts for the tenant.
        self._orchestrator = plane.identities.service_metadata(
            "operator", audience="policies", tenant=tenant_id
        )
        self._metadata = self._orchestrator

    async def listed(self) -> list[policy_pb2.Policy]:
        """The policies that it has."""
        return list((await self.write("ListPolicies")).policies)


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(plane: Plane) -> Newcomer:
    """A tenant that was just created."""
    stub = tenant_service_pb2_grpc.TenantServiceStub(plane.services["accounts"].channel)
    request = tenant_service_pb2.CreateTenantRequest(
        request_id=str(uuid.uuid4()),
        name=f"tenant {uuid.uuid4()}",
        owner_email="owner@example.com",
        owner_name="Owner",
    )
    operator = plane.identities.service_metadata("operator", audience="accounts")
    made = await stub.CreateTenant(request, timeout=15, metadata=operator)
    return Newcomer(plane, made.tenant.id)


async def guarded(newcomer: Newcomer) -> list[policy_pb2.Policy]:
    """The policies of a tenant once the pack has come."""

    async def all_of_them() -> list[policy_pb2.Policy] | None:
        found = await newcomer.listed()
        return found if len(found) >= len(PACK) else None

    found: list[policy_pb2.Policy] = await until(all_of_them)
    return found


async def test_a_new_tenant_begins_with_the_default_pack_in_force(newcomer: Newcomer) -> None:
    policies = await guarded(newcomer)
    assert {policy.body.name for policy in policies} == PACK
    assert {policy.source for policy in policies} == {policy_pb2.POLICY_SOURCE_DEFAULT}
    assert {policy.state for policy in policies} == {policy_pb2.POLICY_STATE_ACTIVE}
    run = await newcomer.open_run()
    assert set(run.opened.gate.policy_ids) == {policy.id for policy in policies}


async def test_the_pack_stops_secrets_and_warns_of_personal_data(newcomer: Newcomer) -> None:
    await guarded(newcomer)
    run = await newcomer.open_run()
    assert await run.action(content="The weather is fine.") == CONTINUE
    assert await run.action(content="Write to ada@example.com") == WARN
    assert await run.action(content="key AKIAIOSFODNN7EXAMPLE") == STOP


async def test_the_pack_bounds_what_a_day_costs_and_how_long_a_run_goes_on(
    newcomer: Newcomer,
) -> None:
    await guarded(newcomer)
    run, endless = await newcomer.open_run(), await newcomer.open_run()
    assert await run.action(estimated_cost_micro_usd=49_000_000) == CONTINUE
    assert await endless.action(estimated_cost_micro_usd=2_000_000) == STOP
    circling = await newcomer.open_run()
    actions = await _all(circling, 501)
    assert sorted(actions) == [CONTINUE] * 500 + [STOP]


async def _all(run: GovernedRun, count: int) -> list[int]:
    answers = [await run.tenant.ask(*(run.question() for _ in range(100))) for _ in range(5)]
    answers.append(await run.tenant.ask(*(run.question() for _ in range(count - 500))))
    return [one.decision.action for answer in answers for one in answer.admissions]


async def test_what_came_is_in_the_ledger(plane: Plane, newcomer: Newcomer) -> None:
    policies = await guarded(newcomer)
    for policy in policies:
        name = policy.id
        entries = await until(lambda name=name: _both(plane, name))
        assert {entry.event_type for entry in entries} == {"POLICY_CREATED", "POLICY_ACTIVATED"}
        assert {entry.actor_id for entry in entries} == {"service:policies"}


def _both(plane: Plane, policy_id: str) -> list[Any] | None:
    found = plane.logs.of(policy_id)
    return found if len(found) == 2 else None


def created(tenant_id: str) -> Event:
    """The event of a tenant, as if accounts told it anew."""
    return Event(
        event_id=new_id("evt"),
        tenant_id=tenant_id,
        source="accounts",
        event_type="tenant_created",
        aggregate_id=tenant_id,
        sequence=1,
        time=utc_now(),
        body=b"",
    )


async def deliver(plane: Plane, event: Event) -> None:
    consumers = plane.services["policies"].host.consumers
    consumer = next(one for one in consumers if one.declaration.name == CONSUMER)
    await consumer.handle(event)


@pytest.mark.invariant("I-10")
async def test_however_often_it_is_told_the_pack_comes_once(
    plane: Plane, newcomer: Newcomer
) -> None:
    policies = await guarded(newcomer)
    retired = policies[0]
    await newcomer.write(
        "RetirePolicy", policy_id=retired.id, etag=retired.etag, reason="not for us"
    )
    for _ in range(3):
        await deliver(plane, created(newcomer.id))
    assert len(await newcomer.listed()) == len(PACK)
    stranger = Newcomer(plane, new_id("ten"))
    told = [deliver(plane, created(stranger.id)) for _ in range(4)]
    await asyncio.gather(*told, return_exceptions=True)
    assert len(await stranger.listed()) == len(PACK)


@pytest.mark.invariant("I-10")
async def test_mutant_who_forgets_what_was_given_gives_it_again(
    plane: Plane, newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded(newcomer)

    async def nothing(*_arguments: object) -> set[str]:
        return set()

    monkeypatch.setattr(PostgresGuardrails, "given_to", nothing)
    # The database keeps two of a kind apart all the same.
    with pytest.raises(InternalError):
        await deliver(plane, created(newcomer.id))
    monkeypatch.setattr(Guardrail, "origin_id", property(lambda _one: new_id("evt")))
    await deliver(plane, created(newcomer.id))
    assert len(await newcomer.listed()) == 2 * len(PACK)
