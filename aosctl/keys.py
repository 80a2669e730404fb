"""The secrets of an installation: made once, readable by their owner alone."""

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.private_files import secret_file, write_private, writing
from aosctl.services import OPERATOR, SERVICES, role_names
from servicekit.auth.keys import encode, read_private_key
from servicekit.config import ConfigError

SEED_BYTES = 32


class Keys:
    """The `keys` folder; whatever is missing is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure(self) -> None:
        """Make every secret that does not exist yet, and keep those that do."""
        self._make_folders()
        names = [*(service.name for service in SERVICES), OPERATOR]
        for name in names:
            secret_file(self.identity_file(name), entropy=SEED_BYTES)
        public = {name: _public_key(self.identity_file(name)) for name in names}
        write_private(self.identities_file, json.dumps(public, indent=2) + "\n")
        secret_file(self.token_signing_key_file, entropy=SEED_BYTES)
        secret_file(self.pepper_file, entropy=SEED_BYTES)
        secret_file(self.checkpoint_key_file, entropy=SEED_BYTES)
        secret_file(self.sealing_key_file, entropy=SEED_BYTES)
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
    def checkpoint_key_file(self) -> Path:
        """The private key with which logs signs the checkpoints of the ledger."""
        return self._folder / "logs-checkpoint.key"

    @property
    def sealing_key_file(self) -> Path:
        """The key with which incidents seals the secrets of webhooks."""
        return self._folder / "incidents-sealing.key"

    @property
    def development_file(self) -> Path:
        """The API key of the development tenant."""
        return self._folder / "development.json"

    def database_passwords(self) -> dict[str, str]:
        """The password of every database role; roles that are new get theirs now."""
        return self._passwords("postgres.json", role_names())

    def administrator_password(self) -> str:
        """The password of the role that sets the database up."""
        self._make_folders()
        return secret_file(self._folder / "postgres-admin")

    def bus_passwords(self) -> dict[str, str]:
        """The password of every service on an event bus that knows them apart."""
        return self._passwords("nats.json", (service.name for service in SERVICES))

    def _passwords(self, file: str, names: Iterable[str]) -> dict[str, str]:
        self._make_folders()
        path = self._folder / file
        known = json.loads(path.read_text()) if path.exists() else {}
        # The letter in front lets the event bus read any of them as a word in its configuration.
        complete = {name: known.get(name) or f"p{secrets.token_urlsafe(24)}" for name in names}
        if complete != known:
            write_private(path, json.dumps(complete, indent=2) + "\n")
        return complete

    def _make_folders(self) -> None:
        with writing(self._folder):
            (self._folder / "identities").mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)


def _public_key(path: Path) -> str:
    try:
        return encode(read_private_key(path).public_key().public_bytes_raw())
    except ConfigError as error:
        raise OperatorError(f"{error} Delete it, and it is made anew.") from error
