"""Tokens: who is believed, for how long, and who no longer."""

import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.clock import FakeClock
from kernel.errors import CredentialExpired, CredentialInvalid, Unavailable
from servicekit.auth.service_tokens import ServiceTokenSigner, ServiceTokenVerifier
from servicekit.auth.tokens import LEEWAY, TOKEN_LIFETIME, TokenSigner, TokenVerifier, TrustStore
from tests.support.identities import somebody

KEY = Ed25519PrivateKey.generate()


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.trust = TrustStore(keys={"k": KEY.public_key()}, refreshed=time.monotonic() + 10**6)
        self.signer = TokenSigner(key=KEY, key_id="k", clock=self.clock)
        self.verifier = TokenVerifier(trust=self.trust, clock=self.clock)


@pytest.fixture
def world() -> World:
    return World()


def test_a_token_carries_everything_the_principal_is(world: World) -> None:
    me = somebody("developer", "viewer", project="prj_x")
    token, expires = world.signer.sign(me, not_after=None)
    seen = world.verifier.verify(token)
    assert (seen.tenant_id, seen.roles, seen.project_id) == (me.tenant_id, me.roles, me.project_id)
    assert (seen.api_key_id, seen.person_id) == (me.api_key_id, me.person_id)
    assert expires == seen.expires_at


def test_a_token_ends_with_its_key_if_that_is_earlier(world: World) -> None:
    end = world.clock.now() + timedelta(seconds=30)
    assert world.signer.sign(somebody(), not_after=end)[1] <= end


def test_a_remembered_token_still_expires(world: World) -> None:
    token = world.signer.sign(somebody(), not_after=None)[0]
    world.verifier.verify(token)
    world.clock.advance(TOKEN_LIFETIME + LEEWAY + timedelta(seconds=2))
    with pytest.raises(CredentialExpired):
        world.verifier.verify(token)


def test_a_remembered_token_is_refused_once_its_key_is_revoked(world: World) -> None:
    me = somebody()
    token = world.signer.sign(me, not_after=None)[0]
    world.verifier.verify(token)
    world.trust.revoked_keys = frozenset({str(me.api_key_id)})
    with pytest.raises(CredentialInvalid):
        world.verifier.verify(token)


def test_a_withdrawn_signing_key_takes_its_remembered_tokens_along(world: World) -> None:
    token = world.signer.sign(somebody(), not_after=None)[0]
    world.verifier.verify(token)
    other = Ed25519PrivateKey.generate().public_key()
    world.trust.replace(
        keys={"other": other},
        revoked_keys=frozenset(),
        suspended_tenants=frozenset(),
        asked=time.monotonic(),
    )
    with pytest.raises(CredentialInvalid):
        world.verifier.verify(token)


def test_without_recent_news_nobody_is_believed(world: World) -> None:
    token = world.signer.sign(somebody(), not_after=None)[0]
    world.trust.refreshed = time.monotonic() - 31
    with pytest.raises(Unavailable):
        world.verifier.verify(token)


def test_an_unsigned_or_differently_signed_token_is_invalid(world: World) -> None:
    stranger = TokenSigner(key=Ed25519PrivateKey.generate(), key_id="k", clock=world.clock)
    unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiayJ9.eyJ0ZW4iOiJ4In0."
    for token in (stranger.sign(somebody(), not_after=None)[0], unsigned, "", "a.b.c", "é"):
        with pytest.raises(CredentialInvalid):
            world.verifier.verify(token)


def test_a_service_is_known_to_the_audience_it_named_and_to_no_other() -> None:
    clock = FakeClock()
    signer = ServiceTokenSigner(service="activity", key=KEY, clock=clock)
    identities = {"activity": KEY.public_key()}
    token = signer.token(audience="policies", tenant_id="ten_a")
    verifier = ServiceTokenVerifier(audience="policies", identities=identities, clock=clock)
    identity = verifier.verify(token)
    assert (identity.name, identity.tenant_id) == ("activity", "ten_a")
    with pytest.raises(CredentialInvalid):
        ServiceTokenVerifier(audience="logs", identities=identities, clock=clock).verify(token)
    clock.advance(timedelta(seconds=91))
    with pytest.raises(CredentialExpired):
        verifier.verify(token)


def test_a_service_cannot_speak_in_the_name_of_another() -> None:
    clock = FakeClock()
    liar = ServiceTokenSigner(service="orchestrator", key=KEY, clock=clock)
    identities = {
        "activity": KEY.public_key(),
        "orchestrator": Ed25519PrivateKey.generate().public_key(),
    }
    verifier = ServiceTokenVerifier(audience="policies", identities=identities, clock=clock)
    with pytest.raises(CredentialInvalid):
        verifier.verify(liar.token(audience="policies"))
