"""An API key becomes a token, or everybody hears the same sentence."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from kernel.clock import FakeClock
from kernel.errors import CredentialInvalid
from kernel.identifiers import ApiKeyId, new_id
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, new_secret
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases.exchange_key import exchange_key, read_key
from services.accounts.usecases.revocations import list_revocations
from tests.unit.accounts.in_memory import InMemory
from tests.unit.accounts.specimens import a_person, a_project, a_tenant, an_api_key

SEAL = SecretSeal(pepper=b"pepper")
SECRET = new_secret()
LATER = datetime(2099, 1, 1, tzinfo=UTC)
SENTENCE = "The API key is not valid. Use another one."


class Signer:
    """Remembers what it was asked to sign."""

    def __init__(self) -> None:
        self.principal: Principal | None = None
        self.not_after: datetime | None = None

    def sign(self, principal: Principal, *, not_after: datetime | None) -> tuple[str, datetime]:
        self.principal, self.not_after = principal, not_after
        return "token", not_after or LATER


async def keep(store: InMemory, api_key: ApiKey) -> PresentedKey:
    await store.api_keys.add(api_key, SEAL.seal(SECRET))
    return presented(api_key.id)


def presented(api_key_id: ApiKeyId, secret: str = SECRET) -> PresentedKey:
    return PresentedKey(
        environment=KeyEnvironment.DEVELOPMENT, api_key_id=api_key_id, secret=secret
    )


async def exchange(store: InMemory, clock: FakeClock, key: PresentedKey) -> Signer:
    signer = Signer()
    await exchange_key(key, unit_of_work=store, seal=SEAL, signer=signer, clock=clock)
    return signer


async def test_the_token_says_all_that_the_key_says(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    project, person = a_project(tenant.id), a_person(tenant.id, Role.DEVELOPER)
    await store.projects.add(project)
    await store.people.add(person)
    end = clock.now() + timedelta(minutes=1)
    key = an_api_key(
        tenant.id, Role.DEVELOPER, project_id=project.id, person_id=person.id, expires_at=end
    )
    signed = await exchange(store, clock, await keep(store, key))
    assert signed.not_after == end
    assert signed.principal == Principal(
        tenant_id=tenant.id,
        roles=frozenset({Role.DEVELOPER}),
        project_id=project.id,
        api_key_id=key.id,
        person_id=person.id,
    )


async def refuse(store: InMemory, clock: FakeClock, key: PresentedKey) -> None:
    with pytest.raises(CredentialInvalid) as refused:
        await exchange(store, clock, key)
    assert refused.value.message == SENTENCE
    assert refused.value.metadata == {}


async def test_an_unknown_key_is_refused(store: InMemory, clock: FakeClock) -> None:
    await refuse(store, clock, presented(ApiKeyId(new_id("key"))))


async def test_a_wrong_secret_is_refused(store: InMemory, clock: FakeClock, tenant: Tenant) -> None:
    key = await keep(store, an_api_key(tenant.id))
    await refuse(store, clock, presented(key.api_key_id, new_secret()))


async def test_mutant_without_the_comparison_any_secret_opens(
    store: InMemory, clock: FakeClock, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await keep(store, an_api_key(tenant.id))
    monkeypatch.setattr(SecretSeal, "matches", lambda *_: True)
    assert await exchange(store, clock, presented(key.api_key_id, new_secret()))


async def test_a_key_of_another_plane_is_refused_although_its_id_is_known(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    key = an_api_key(tenant.id)
    await store.api_keys.add(key, SecretSeal(pepper=b"another").seal(SECRET))
    await refuse(store, clock, presented(key.id))


async def test_a_key_ends_at_its_end_and_not_before(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    end = clock.now() + timedelta(hours=1)
    key = await keep(store, an_api_key(tenant.id, expires_at=end))
    clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    assert await exchange(store, clock, key)
    clock.advance(timedelta(microseconds=1))
    await refuse(store, clock, key)


async def test_a_revoked_key_is_refused(store: InMemory, clock: FakeClock, tenant: Tenant) -> None:
    made = an_api_key(tenant.id)
    key = await keep(store, made)
    await store.api_keys.update(made.revoked(reason="it leaked", at=clock.now()))
    await refuse(store, clock, key)


async def test_keys_of_a_suspended_tenant_open_nothing_until_it_is_resumed(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    key = await keep(store, an_api_key(tenant.id))
    suspended = tenant.suspended(reason="unpaid", at=clock.now())
    await store.tenants.update(suspended)
    await refuse(store, clock, key)
    await store.tenants.update(suspended.resumed(at=clock.now()))
    assert await exchange(store, clock, key)


async def test_a_key_loses_what_its_person_loses(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    person = a_person(tenant.id, Role.OWNER)
    await store.people.add(person)
    key = await keep(
        store, an_api_key(tenant.id, Role.OPERATIONS, Role.VIEWER, person_id=person.id)
    )
    auditor = person.changed(name=person.name, roles=[Role.AUDITOR], at=clock.now())
    await store.people.update(auditor)
    signed = await exchange(store, clock, key)
    assert signed.principal is not None
    assert signed.principal.roles == {Role.VIEWER}
    await store.people.update(auditor.changed(name="x", roles=[Role.AGENT], at=clock.now()))
    await refuse(store, clock, key)


async def test_every_refusal_costs_one_comparison(
    store: InMemory, clock: FakeClock, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    monkeypatch.setattr(hmac, "compare_digest", _counting(compared))
    revoked = an_api_key(tenant.id).revoked(reason="x", at=clock.now())
    known = await keep(store, revoked)
    await refuse(store, clock, known)
    await refuse(store, clock, presented(known.api_key_id, new_secret()))
    await refuse(store, clock, presented(ApiKeyId(new_id("key"))))
    assert compared == [(32, 32)] * 3


def _counting(compared: list[tuple[int, int]]) -> object:
    genuine = hmac.compare_digest

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return genuine(left, right)

    return compare


@pytest.mark.parametrize("text", ["", "x", "aos_dev_x_y_z", "a" * 200])
def test_what_is_no_key_is_refused_in_the_same_words(text: str) -> None:
    with pytest.raises(CredentialInvalid) as refused:
        read_key(text, environment=KeyEnvironment.DEVELOPMENT)
    assert refused.value.message == SENTENCE


def test_a_development_key_is_none_in_production() -> None:
    key = presented(ApiKeyId(new_id("key")))
    assert read_key(key.text, environment=KeyEnvironment.DEVELOPMENT) == key
    with pytest.raises(CredentialInvalid):
        read_key(key.text, environment=KeyEnvironment.LIVE)


async def test_revocations_name_recent_keys_and_all_suspended_tenants(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    window = timedelta(minutes=6)
    old, recent, alive = (an_api_key(tenant.id) for _ in range(3))
    for key in (old, recent, alive):
        await store.api_keys.add(key, bytes(32))
    edge = clock.now() - window
    await store.api_keys.update(old.revoked(reason="x", at=edge - timedelta(microseconds=1)))
    await store.api_keys.update(recent.revoked(reason="x", at=edge))
    asleep = a_tenant().suspended(reason="x", at=clock.now() - timedelta(days=400))
    await store.tenants.add(asleep)
    found = await list_revocations(within=window, unit_of_work=store, clock=clock)
    assert list(found.api_key_ids) == [recent.id]
    assert list(found.tenant_ids) == [asleep.id]
