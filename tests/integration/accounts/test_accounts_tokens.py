"""Keys become tokens that every service verifies by itself, and stop doing so when told."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from aos.accounts.v1 import api_key_pb2, token_service_pb2
from aos.activity.v1 import run_pb2, run_service_pb2
from kernel.clock import SystemClock, utc_now
from kernel.errors import ServiceError
from kernel.identifiers import ApiKeyId, TenantId, new_id
from kernel.principal import Principal
from kernel.roles import Role
from servicekit.auth.tokens import TOKEN_LIFETIME, TokenSigner
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, new_secret, parse
from services.accounts.usecases.exchange_key import read_key
from tests.integration.accounts.clients import (
    TIMEOUT,
    Client,
    Operator,
    Tenant,
    bearing,
    exchanged,
    issued,
    runs_of,
    values,
)
from tests.support.plane import Plane
from tests.support.statuses import Refusal, refusal


async def test_the_identity_behind_a_token_is_that_of_its_key(tenant: Tenant) -> None:
    project = (await tenant.owner.CreateProject(name="Home")).project.id
    made = await issued(
        tenant, Role.DEVELOPER, Role.AUDITOR, project_id=project, person_id=tenant.owner_id
    )
    client = await exchanged(tenant.owner.plane, made.secret)
    identity = await client.GetIdentity()
    assert identity == token_service_pb2.GetIdentityResponse(
        tenant_id=tenant.id,
        project_id=project,
        api_key_id=made.api_key.id,
        person_id=tenant.owner_id,
        roles=["auditor", "developer"],
    )


async def test_a_created_key_is_described_and_listed_without_its_secret(tenant: Tenant) -> None:
    made = await issued(tenant)
    key = parse(made.secret)
    assert key is not None
    assert (key.api_key_id, key.hint) == (made.api_key.id, made.api_key.hint)
    assert made.api_key.state == api_key_pb2.API_KEY_STATE_ACTIVE
    assert (await tenant.owner.GetApiKey(api_key_id=made.api_key.id)).api_key == made.api_key
    listed = (await tenant.owner.ListApiKeys()).api_keys
    assert [item.id for item in listed] == sorted((item.id for item in listed), reverse=True)
    assert made.api_key in listed
    assert all(key.secret not in str(item) for item in listed)


async def test_another_service_believes_a_token_without_asking(
    activity: Any, plane: Plane, tenant: Tenant
) -> None:
    client = await exchanged(plane, (await issued(tenant)).secret)
    request = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()),
        project_id=new_id("prj"),
        agent_id=new_id("agt"),
        goal="show who asks",
        source=run_pb2.RUN_SOURCE_EXTERNAL,
    )
    run = (await activity.CreateRun(request, timeout=TIMEOUT, metadata=client.metadata)).run
    assert run.tenant_id == tenant.id
    assert (await runs_of(activity, client)).runs == [run]


async def test_the_published_key_verifies_a_token_offline(plane: Plane, tenant: Tenant) -> None:
    published = (await Client(plane).ListVerificationKeys()).keys
    raw = plane.identities.signing_key.public_key().public_bytes_raw()
    assert [(key.id, key.ed25519_public_key) for key in published] == [
        (hashlib.sha256(raw).hexdigest()[:16], raw)
    ]
    answer = await Client(plane).ExchangeKey(api_key=tenant.owner_key)
    claims = jwt.decode(
        answer.token,
        plane.identities.signing_key.public_key(),
        algorithms=["EdDSA"],
        audience="aos",
        issuer="aos-accounts",
    )
    assert jwt.get_unverified_header(answer.token)["kid"] == published[0].id
    assert claims["exp"] - claims["iat"] <= TOKEN_LIFETIME.total_seconds()
    assert answer.expire_time.seconds == claims["exp"]


async def test_a_token_of_another_plane_is_refused(
    activity: Any, plane: Plane, tenant: Tenant
) -> None:
    known = (await Client(plane).ListVerificationKeys()).keys[0].id
    somebody = Principal(tenant_id=TenantId(tenant.id), roles=frozenset({Role.OWNER}))
    for key_id in (known, "0" * 16):
        signer = TokenSigner(key=Ed25519PrivateKey.generate(), key_id=key_id, clock=SystemClock())
        foreign = Client(plane, bearing(signer.sign(somebody, not_after=None)[0]))
        for call in (foreign.GetTenant(), runs_of(activity, foreign)):
            told = await refusal(call)
            assert (told.code, told.reason) == (
                StatusCode.UNAUTHENTICATED,
                "CREDENTIAL_INVALID",
            )


async def test_a_token_ends_with_its_key(plane: Plane, tenant: Tenant) -> None:
    end = Timestamp()
    end.FromDatetime((utc_now() + timedelta(minutes=2)).replace(microsecond=0))
    made = await issued(tenant, expire_time=end)
    answer = await Client(plane).ExchangeKey(api_key=made.secret)
    assert answer.expire_time == end
    claims = jwt.decode(answer.token, options={"verify_signature": False})
    assert claims["exp"] == end.seconds


async def test_a_key_without_a_future_cannot_be_made(tenant: Tenant) -> None:
    past = Timestamp()
    past.FromDatetime(utc_now() - timedelta(seconds=1))
    told = await refusal(issued(tenant, expire_time=past))
    assert (told.code, set(told.fields)) == (StatusCode.INVALID_ARGUMENT, {"expire_time"})


async def expire(plane: Plane, api_key_id: str) -> None:
    """Let a key's time be over."""
    await plane.database.fetch(
        "UPDATE accounts.api_keys SET expires_at = now() - interval '1 second' WHERE id = $1",
        api_key_id,
    )


async def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(
    plane: Plane, operator: Operator, tenant: Tenant
) -> None:
    revoked, ended, genuine = [await issued(tenant) for _ in range(3)]
    await tenant.owner.RevokeApiKey(api_key_id=revoked.api_key.id, reason="it leaked")
    await expire(plane, ended.api_key.id)
    listed = await tenant.owner.GetApiKey(api_key_id=ended.api_key.id)
    assert listed.api_key.state == api_key_pb2.API_KEY_STATE_EXPIRED
    asleep = await operator.make_tenant()
    await operator.SuspendTenant(tenant_id=asleep.id, reason="unpaid")

    def key(environment: KeyEnvironment, api_key_id: str) -> str:
        return PresentedKey(
            environment=environment, api_key_id=ApiKeyId(api_key_id), secret=new_secret()
        ).text

    wrong = {
        "revoked": revoked.secret,
        "expired": ended.secret,
        "suspended": asleep.owner_key,
        "unknown": key(KeyEnvironment.DEVELOPMENT, new_id("key")),
        "another secret": key(KeyEnvironment.DEVELOPMENT, genuine.api_key.id),
        "of production": key(KeyEnvironment.LIVE, genuine.api_key.id),
        "damaged": genuine.secret[:-1] + ("0" if genuine.secret[-1] != "0" else "1"),
        "nonsense": "hunter2",
    }
    answers: dict[str, Refusal] = {
        name: await refusal(Client(plane).ExchangeKey(api_key=text)) for name, text in wrong.items()
    }
    with pytest.raises(ServiceError) as sentence:
        read_key("", environment=KeyEnvironment.LIVE)
    expected = Refusal(
        code=StatusCode.UNAUTHENTICATED,
        message=sentence.value.message,
        reason="CREDENTIAL_INVALID",
    )
    assert answers == dict.fromkeys(wrong, expected)
    assert (await Client(plane).ExchangeKey(api_key=genuine.secret)).token


async def test_a_key_loses_a_role_with_its_person(plane: Plane, tenant: Tenant) -> None:
    person = (
        await tenant.owner.CreatePerson(
            email="ada@example.com", name="Ada", roles=values(Role.DEVELOPER)
        )
    ).person
    made = await issued(tenant, Role.DEVELOPER, Role.VIEWER, person_id=person.id)
    await tenant.owner.UpdatePerson(
        person_id=person.id, etag="1", name="Ada", roles=values(Role.VIEWER)
    )
    client = await exchanged(plane, made.secret)
    assert list((await client.GetIdentity()).roles) == ["viewer"]


async def test_only_services_learn_of_revocations_and_nobody_is_known_without_a_token(
    plane: Plane, tenant: Tenant
) -> None:
    asked = {
        "CALLER_NOT_ALLOWED": tenant.owner.ListRevocations(),
        "CREDENTIAL_MISSING": Client(plane).GetIdentity(),
    }
    for reason, call in asked.items():
        assert (await refusal(call)).reason == reason
    stranger = Client(plane, plane.identities.service_metadata("stranger", audience="accounts"))
    assert (await refusal(stranger.ListRevocations())).reason == "CALLER_NOT_ALLOWED"
