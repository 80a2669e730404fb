"""The secrets of a development installation: made once, readable by their owner alone."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from aosctl.private_files import secret_file, write_private, writing
from aosctl.services import OPERATOR, SERVICES, role_names


class Keys:
    """The `keys` folder; whatever is missing is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure(self) -> None:
        """Make every secret that does not exist yet, and keep those that do."""
        self._make_folders()
        names = [*(service.name for service in SERVICES), OPERATOR]
        public = {name: _public_key(self.identity_file(name)) for name in names}
        write_private(self.identities_file, json.dumps(public, indent=2) + "\n")
        _seed(self.token_signing_key_file)
        _seed(self.pepper_file)
        self.database_passwords()

    def identity_file(self, name: str) -> Path:
        """The private key with which one service proves who it is."""
        return self._folder / "identities" / f"{name}.key"

    @property
    def identities_file(self) -> Path:
        """The public keys of all services, by name."""
        return self._folder / "identities.json"

    @property
    def token_signing_key_file(self) -> Path:
        """The private key with which accounts signs tokens."""
        return self._folder / "accounts-signing.key"

    @property
    def pepper_file(self) -> Path:
        """The secret that accounts mixes into the stored form of API keys."""
        return self._folder / "accounts-pepper"

    @property
    def development_file(self) -> Path:
        """The API key of the development tenant."""
        return self._folder / "development.json"

    def database_passwords(self) -> dict[str, str]:
        """The password of every database role; roles that are new get theirs now."""
        self._make_folders()
        path = self._folder / "postgres.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        complete = {role: known.get(role) or secrets.token_urlsafe(24) for role in role_names()}
        if complete != known:
            write_private(path, json.dumps(complete, indent=2) + "\n")
        return complete

    def _make_folders(self) -> None:
        with writing(self._folder):
            (self._folder / "identities").mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)


def encode(raw: bytes) -> str:
    """Bytes as unpadded base64url text, the form of all key files."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes behind unpadded base64url text."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _seed(path: Path) -> bytes:
    """The 32 random bytes kept in a file, made on first use."""
    return decode(secret_file(path, entropy=32))


def _public_key(path: Path) -> str:
    # Loading the cryptography package takes longer than all other commands need.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    private_key = Ed25519PrivateKey.from_private_bytes(_seed(path))
    return encode(private_key.public_key().public_bytes_raw())
