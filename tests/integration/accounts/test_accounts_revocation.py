"""What is revoked or suspended opens nothing anywhere within five seconds."""

import time
from typing import Any

import pytest
from grpc import StatusCode

from aos.accounts.v1 import api_key_pb2, token_service_pb2
from kernel.clock import SystemClock
from kernel.errors import CredentialInvalid
from servicekit.auth.tokens import TokenVerifier, TrustStore
from servicekit.auth.trust_feed import TrustFeed
from tests.integration.accounts.clients import Client, Operator, Tenant, exchanged, issued, runs_of
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

# What the contract promises: a revocation opens nothing any more after this time.
PROMISED_SECONDS = 5.0


async def reason_of(call: Any) -> str:
    """The reason of a refusal; empty when the call succeeds."""
    try:
        await call
    except Exception:  # noqa: BLE001 - the same call is asked again for its refusal
        return (await refusal(call)).reason
    return ""


async def test_a_revoked_key_opens_nothing_anywhere_within_five_seconds(
    activity: Any, plane: Plane, tenant: Tenant
) -> None:
    made = await issued(tenant)
    client = await exchanged(plane, made.secret)
    await runs_of(activity, client)
    revoked = await tenant.owner.RevokeApiKey(api_key_id=made.api_key.id, reason="it leaked")
    assert revoked.api_key.state == api_key_pb2.API_KEY_STATE_REVOKED
    assert (await refusal(Client(plane).ExchangeKey(api_key=made.secret))).reason == (
        "CREDENTIAL_INVALID"
    )

    async def refused() -> bool:
        reasons = {
            await reason_of(runs_of(activity, client)),
            await reason_of(client.GetTenant()),
        }
        return reasons == {"CREDENTIAL_INVALID"}

    await until(refused, seconds=PROMISED_SECONDS)
    told = await refusal(tenant.owner.RevokeApiKey(api_key_id=made.api_key.id, reason="it leaked"))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "API_KEY_REVOKED")


async def test_mutant_without_the_list_of_revocations_a_token_outlives_its_key(
    activity: Any, plane: Plane, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await issued(tenant)
    client = await exchanged(plane, made.secret)
    trust = plane.services["activity"].foundation.trust
    replace = TrustStore.replace

    def deaf(self: TrustStore, **news: Any) -> None:
        replace(self, **{**news, "revoked_keys": frozenset()})

    monkeypatch.setattr(TrustStore, "replace", deaf)
    await tenant.owner.RevokeApiKey(api_key_id=made.api_key.id, reason="it leaked")
    revoked = time.monotonic()
    await until(lambda: trust.refreshed > revoked)
    await runs_of(activity, client)


async def test_the_trust_feed_learns_of_keys_and_revocations(
    activity: Any, plane: Plane, tenant: Tenant
) -> None:
    made = await issued(tenant)
    answer = await Client(plane).ExchangeKey(api_key=made.secret)
    foundation = plane.services["activity"].foundation
    trust = TrustStore()
    contract = token_service_pb2.DESCRIPTOR.services_by_name.values()
    channel = foundation.channel("accounts", contract)
    feed = TrustFeed(channel=channel, trust=trust)
    await feed.refresh()
    verifier = TokenVerifier(trust=trust, clock=SystemClock())
    assert verifier.verify(answer.token).api_key_id == made.api_key.id
    await tenant.owner.RevokeApiKey(api_key_id=made.api_key.id, reason="it leaked")
    await feed.refresh()
    with pytest.raises(CredentialInvalid):
        verifier.verify(answer.token)
    await channel.close()


async def test_a_suspended_tenant_opens_nothing_until_it_is_resumed(
    activity: Any, plane: Plane, operator: Operator, tenant: Tenant
) -> None:
    client = await exchanged(plane, (await issued(tenant)).secret)
    await runs_of(activity, client)
    await operator.SuspendTenant(tenant_id=tenant.id, reason="unpaid")
    told = await refusal(Client(plane).ExchangeKey(api_key=tenant.owner_key))
    assert told.reason == "CREDENTIAL_INVALID"

    async def shut() -> bool:
        return await reason_of(runs_of(activity, client)) == "CREDENTIAL_INVALID"

    await until(shut, seconds=PROMISED_SECONDS)
    await operator.ResumeTenant(tenant_id=tenant.id)
    assert (await Client(plane).ExchangeKey(api_key=tenant.owner_key)).token

    async def open_again() -> bool:
        return not await reason_of(runs_of(activity, client))

    await until(open_again, seconds=PROMISED_SECONDS)
