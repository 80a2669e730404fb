"""Keys and tokens of a plane that exists only in a test."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.clock import SystemClock
from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId, new_id
from kernel.principal import Principal
from servicekit.auth.keys import encode
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.auth.tokens import TokenSigner, TrustStore

Metadata = tuple[tuple[str, str], ...]
SIGNING_KEY_ID = "test-key"


@dataclass(frozen=True, slots=True)
class Identities:
    """Private keys of the services, the operator, and accounts' token signing key."""

    folder: Path
    names: tuple[str, ...]
    signing_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    def write(self) -> None:
        """Write the files that services read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.names:
            self.keys[name] = Ed25519PrivateKey.generate()
            self.key_file(name).write_text(encode(self.keys[name].private_bytes_raw()))
        public = {
            name: encode(key.public_key().public_bytes_raw()) for name, key in self.keys.items()
        }
        self.identities_file.write_text(json.dumps(public))
        self.signing_key_file.write_text(encode(self.signing_key.private_bytes_raw()))
        self.pepper_file.write_text(encode(b"p" * 32))
        self.checkpoint_key_file.write_text(encode(b"c" * 32))
        self.sealing_key_file.write_text(encode(b"s" * 32))

    def key_file(self, name: str) -> Path:
        """A service's private key."""
        return self.folder / f"{name}.key"

    @property
    def identities_file(self) -> Path:
        """Everybody's public keys."""
        return self.folder / "identities.json"

    @property
    def signing_key_file(self) -> Path:
        """The key that accounts signs tokens with."""
        return self.folder / "accounts-signing.key"

    @property
    def pepper_file(self) -> Path:
        """The secret that accounts mixes into stored keys."""
        return self.folder / "accounts-pepper"

    @property
    def checkpoint_key_file(self) -> Path:
        """The key that logs signs checkpoints with."""
        return self.folder / "logs-checkpoint.key"

    @property
    def sealing_key_file(self) -> Path:
        """The key that incidents seals the secrets of webhooks with."""
        return self.folder / "incidents-sealing.key"

    def service_metadata(self, name: str, *, audience: str, tenant: str = "") -> Metadata:
        """What a service sends to be known."""
        signer = ServiceTokenSigner(service=name, key=self.keys[name], clock=SystemClock())
        return ((METADATA_KEY, signer.token(audience=audience, tenant_id=tenant)),)

    def trust(self) -> TrustStore:
        """A trust store that knows the signing key and never goes stale."""
        return TrustStore(
            keys={SIGNING_KEY_ID: self.signing_key.public_key()},
            refreshed=time.monotonic() + 86_400,
        )

    def token(self, principal: Principal) -> str:
        """A token as accounts would sign it."""
        signer = TokenSigner(key=self.signing_key, key_id=SIGNING_KEY_ID, clock=SystemClock())
        return signer.sign(principal, not_after=None)[0]

    def metadata(self, principal: Principal) -> Metadata:
        """What a person or program sends to be known."""
        return (("authorization", f"Bearer {self.token(principal)}"),)


def somebody(
    *roles: str, tenant: str | None = None, project: str | None = None, key: str | None = None
) -> Principal:
    """A principal of a tenant of its own unless told otherwise."""
    return Principal(
        tenant_id=TenantId(tenant or new_id("ten")),
        roles=frozenset(roles or ("owner",)),
        project_id=ProjectId(project) if project else None,
        api_key_id=ApiKeyId(key or new_id("key")),
        person_id=PersonId(new_id("per")),
    )
