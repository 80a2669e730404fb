"""What every RPC answers to those who may not call it, and to calls that cannot be served."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode

from aos.activity.v1 import run_pb2, run_service_pb2
from kernel.clock import SystemClock, utc_now
from kernel.identifiers import new_id
from kernel.roles import Role, role_grants
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.auth.tokens import TokenSigner
from tests.support.admission import admitted, callers_of
from tests.support.identities import SIGNING_KEY_ID, Metadata, somebody
from tests.support.methods import Method, methods
from tests.support.plane import Plane
from tests.support.statuses import Refusal, refusal

TIMEOUT = 10.0
EVERY = list(methods())
CLOSED = [method for method in EVERY if not method.access.open]
SPINE = [method for method in EVERY if method.access.spine]
LISTS = [
    method for method in EVERY if "page_token" in method.request_type.DESCRIPTOR.fields_by_name
]


def texts_of(method: Method) -> list[str]:
    return [
        field.name
        for field in method.request_type.DESCRIPTOR.fields
        if field.type == field.TYPE_STRING and not field.is_repeated
    ]


PUBLIC = [method for method in CLOSED if "public" in callers_of(method)]
TENANT_LISTS = [method for method in LISTS if method in PUBLIC]


async def ask(
    plane: Plane, method: Method, metadata: Metadata, request: object = None, **options: object
) -> Refusal:
    channel = plane.services[method.service].channel
    body = method.request_type() if request is None else request
    return await refusal(
        method.call(channel, body, metadata=metadata, **{"timeout": TIMEOUT, **options})
    )


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


@pytest.mark.parametrize("method", CLOSED, ids=str)
async def test_without_a_credential_nobody_gets_in(plane: Plane, method: Method) -> None:
    told = await ask(plane, method, ())
    assert (told.code, told.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING")


@pytest.mark.parametrize("method", CLOSED, ids=str)
async def test_a_damaged_or_foreign_token_opens_nothing(plane: Plane, method: Method) -> None:
    good = plane.identities.token(somebody())
    foreign = TokenSigner(
        key=Ed25519PrivateKey.generate(), key_id=SIGNING_KEY_ID, clock=SystemClock()
    ).sign(somebody(), not_after=None)[0]
    for token in ("", "nonsense", good[:-4] + "AAAA", foreign):
        told = await ask(plane, method, bearer(token))
        assert (told.code, told.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID")


@pytest.mark.parametrize("method", PUBLIC, ids=str)
async def test_an_expired_token_says_so(plane: Plane, method: Method) -> None:
    signer = TokenSigner(
        key=plane.identities.signing_key, key_id=SIGNING_KEY_ID, clock=SystemClock()
    )
    long_ago = utc_now() - timedelta(minutes=1)
    told = await ask(plane, method, bearer(signer.sign(somebody(), not_after=long_ago)[0]))
    assert (told.code, told.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIAL_EXPIRED")


@pytest.mark.parametrize("method", CLOSED, ids=str)
async def test_a_service_that_is_not_listed_is_refused(plane: Plane, method: Method) -> None:
    metadata = plane.identities.service_metadata(
        "stranger", audience=method.service, tenant=new_id("ten")
    )
    told = await ask(plane, method, metadata)
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


@pytest.mark.parametrize("method", CLOSED, ids=str)
async def test_a_service_token_for_another_audience_or_by_another_key_is_refused(
    plane: Plane, method: Method
) -> None:
    elsewhere = plane.identities.service_metadata("operator", audience="elsewhere")
    forged = ServiceTokenSigner(
        service="operator", key=Ed25519PrivateKey.generate(), clock=SystemClock()
    ).token(audience=method.service)
    for metadata in (elsewhere, ((METADATA_KEY, forged),)):
        told = await ask(plane, method, metadata)
        assert (told.code, told.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIAL_INVALID")


@pytest.mark.parametrize("method", [method for method in CLOSED if method not in PUBLIC], ids=str)
async def test_what_is_for_services_alone_is_closed_to_people(plane: Plane, method: Method) -> None:
    told = await ask(plane, method, plane.identities.metadata(somebody("owner")))
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


@pytest.mark.parametrize("method", PUBLIC, ids=str)
async def test_without_the_permission_it_is_named(plane: Plane, method: Method) -> None:
    needed = method.access.permission
    told = await ask(plane, method, plane.identities.metadata(somebody("nobody")))
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    assert told.metadata == {"permission": needed}


@pytest.mark.parametrize("method", SPINE, ids=str)
async def test_a_spine_call_without_a_deadline_is_refused(plane: Plane, method: Method) -> None:
    metadata = plane.identities.metadata(somebody())
    told = await ask(plane, method, metadata, timeout=None)
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "DEADLINE_MISSING")


@pytest.mark.parametrize("method", PUBLIC, ids=str)
async def test_bytes_that_are_no_message_are_refused(plane: Plane, method: Method) -> None:
    metadata = plane.identities.metadata(somebody())
    told = await ask(plane, method, metadata, b"\xff\xff\xff\xff")
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")


@pytest.mark.parametrize("method", PUBLIC, ids=str)
async def test_an_oversized_message_is_refused_with_both_sizes(
    plane: Plane, method: Method
) -> None:
    metadata = plane.identities.metadata(somebody())
    told = await ask(plane, method, metadata, b"\x0a" + b"x" * (1024 * 1024 + 1))
    assert (told.code, told.reason) == (StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE")
    assert told.metadata["maximum"] == str(1024 * 1024)


@pytest.mark.parametrize("method", [method for method in EVERY if texts_of(method)], ids=str)
async def test_a_nul_byte_in_a_text_is_a_violation_of_that_field(
    plane: Plane, method: Method
) -> None:
    request, texts = method.request_type(), texts_of(method)
    for name in texts:
        setattr(request, name, "a\0b")
    metadata = admitted(plane, method)
    told = await ask(plane, method, metadata, request)
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert set(texts) <= set(told.fields)


@pytest.mark.parametrize("method", TENANT_LISTS, ids=str)
async def test_an_invented_page_token_is_refused(plane: Plane, method: Method) -> None:
    metadata = plane.identities.metadata(somebody())
    for token in ("nonsense", "AAAA", "e30="):
        told = await ask(plane, method, metadata, method.request(page_token=token))
        assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN")


@pytest.mark.parametrize("method", LISTS, ids=str)
async def test_a_negative_page_size_is_a_violation(plane: Plane, method: Method) -> None:
    metadata = admitted(plane, method)
    told = await ask(plane, method, metadata, method.request(page_size=-1))
    assert set(told.fields) == {"page_size"}


async def test_a_page_token_of_another_query_or_tenant_is_refused(plane: Plane) -> None:
    create, listing = (
        next(method for method in EVERY if method.path.endswith(f"RunService/{name}"))
        for name in ("CreateRun", "ListRuns")
    )
    channel, me = plane.services["activity"].channel, somebody()
    metadata = plane.identities.metadata(me)
    for number in range(3):
        request = run_service_pb2.CreateRunRequest(
            request_id=f"00000000-0000-4000-8000-00000000000{number}",
            project_id=new_id("prj"),
            agent_id=new_id("agt"),
            goal="anything",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
        )
        await create.call(channel, request, metadata=metadata, timeout=TIMEOUT)
    answer = await listing.call(
        channel, run_service_pb2.ListRunsRequest(page_size=1), metadata=metadata, timeout=TIMEOUT
    )
    token = run_service_pb2.ListRunsResponse.FromString(answer).next_page_token
    assert token
    other_query = run_service_pb2.ListRunsRequest(
        page_token=token, filter=run_pb2.RunFilter(agent_id=new_id("agt"))
    )
    other_tenant = plane.identities.metadata(somebody())
    for request, who in (
        (other_query, metadata),
        (run_service_pb2.ListRunsRequest(page_token=token), other_tenant),
    ):
        told = await ask(plane, listing, who, request)
        assert told.reason == "INVALID_PAGE_TOKEN"


async def test_a_revoked_key_and_a_suspended_tenant_open_nothing_within_seconds(
    plane: Plane,
) -> None:
    trust = plane.services["activity"].foundation.trust
    listing = next(method for method in EVERY if method.path.endswith("ListRuns"))
    principal = somebody("owner")
    metadata = plane.identities.metadata(principal)
    channel = plane.services["activity"].channel
    request = run_service_pb2.ListRunsRequest()
    await listing.call(channel, request, metadata=metadata, timeout=TIMEOUT)
    honest = trust.revoked_keys, trust.suspended_tenants
    trust.revoked_keys = frozenset({str(principal.api_key_id)})
    assert (await ask(plane, listing, metadata, request)).reason == "CREDENTIAL_INVALID"
    trust.revoked_keys, trust.suspended_tenants = honest[0], frozenset({principal.tenant_id})
    assert (await ask(plane, listing, metadata, request)).reason == "CREDENTIAL_INVALID"
    trust.suspended_tenants = honest[1]
    await listing.call(channel, request, metadata=metadata, timeout=TIMEOUT)


async def test_when_revocations_cannot_be_confirmed_nobody_is_believed(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = next(method for method in EVERY if method.path.endswith("ListRuns"))
    trust = plane.services["activity"].foundation.trust
    monkeypatch.setattr(type(trust), "is_fresh", lambda _self: False)
    told = await ask(plane, listing, plane.identities.metadata(somebody()))
    assert told.code is StatusCode.UNAVAILABLE


def test_every_permission_is_granted_by_some_role_other_than_owner() -> None:
    others = [role for role in Role if role is not Role.OWNER]
    permissions = {method.access.permission for method in EVERY if method.access.permission}
    ungranted = [
        permission
        for permission in permissions
        if not any(role_grants(role, permission) for role in others)
    ]
    assert ungranted == []


def test_every_method_has_callers() -> None:
    assert [str(method) for method in EVERY if not callers_of(method)] == []
