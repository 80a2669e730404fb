"""What each process of a deployment is told in secret: its own, and nothing of another's."""

import json
from pathlib import Path

from aosctl.keys import Keys
from aosctl.private_files import write_private, writing
from aosctl.provision import service_url
from aosctl.services import SERVICES, Service

# The role that may make the others; PostgreSQL is set up with it by whoever runs PostgreSQL.
ADMINISTRATOR = "aos_admin"
MIGRATION, POSTGRES, NATS = "migration", "postgres", "nats"
IDENTITIES = "identities.json"


class DeploymentSecrets:
    """The secrets of one installation, by who may read them."""

    def __init__(self, *, keys: Keys, postgres: str, nats: str) -> None:
        self._keys = keys
        self._postgres = postgres
        self._nats = nats

    def secrets(self) -> dict[str, dict[str, str]]:
        """Files by secret."""
        password = self._keys.administrator_password()
        return {
            **{service.name: self._of_service(service) for service in SERVICES},
            MIGRATION: {
                "admin-url": self._administrator_url(password),
                "passwords.json": json.dumps(self._keys.database_passwords(), indent=2),
            },
            POSTGRES: {"username": ADMINISTRATOR, "password": password},
            NATS: {
                f"NATS_PASSWORD_{name.upper()}": text
                for name, text in self._keys.bus_passwords().items()
            },
        }

    def environments(self) -> dict[str, dict[str, str]]:
        """What of it is handed over as an environment, by process."""
        secrets = self.secrets()
        services = {
            service.name: {
                "AOS_DATABASE_URL": secrets[service.name]["database-url"],
                "AOS_NATS_URL": secrets[service.name]["nats-url"],
            }
            for service in SERVICES
        }
        migration = {"AOS_POSTGRES_URL": secrets[MIGRATION]["admin-url"]}
        return {**services, MIGRATION: migration, NATS: secrets[NATS]}

    def write(self, folder: Path) -> None:
        """Write everything below the folder, for its owner alone."""
        for name, files in self.secrets().items():
            for file, text in files.items():
                _write(folder / "secrets" / name / file, text)
        for name, variables in self.environments().items():
            lines = [f"{variable}={value}\n" for variable, value in variables.items()]
            _write(folder / "env" / f"{name}.env", "".join(lines))
        _write(folder / IDENTITIES, self._keys.identities_file.read_text())

    def _of_service(self, service: Service) -> dict[str, str]:
        passwords, keys = self._keys.database_passwords(), self._keys
        bus = f"{service.name}:{keys.bus_passwords()[service.name]}"
        own = {
            "accounts": {
                "token-signing.key": keys.token_signing_key_file,
                "key-pepper": keys.pepper_file,
            },
            "logs": {"checkpoint.key": keys.checkpoint_key_file},
            "incidents": {"sealing.key": keys.sealing_key_file},
        }
        files = {"identity.key": keys.identity_file(service.name), **own.get(service.name, {})}
        return {
            "database-url": service_url(
                f"postgresql://{self._postgres}", service.role, passwords[service.role]
            ),
            "nats-url": f"nats://{bus}@{self._nats}",
            **{name: path.read_text() for name, path in files.items()},
        }

    def _administrator_url(self, password: str) -> str:
        return f"postgresql://{ADMINISTRATOR}:{password}@{self._postgres}/postgres"


def _write(path: Path, text: str) -> None:
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, text)
