"""`aos secrets`."""

from pathlib import Path

from aosctl.deployment_secrets import DeploymentSecrets
from aosctl.keys import Keys


def secrets(*, folder: Path, postgres: str, nats: str) -> None:
    """Make what is missing, and write it in the forms that deployments take."""
    keys = Keys(folder / "keys")
    keys.ensure()
    made = DeploymentSecrets(keys=keys, postgres=postgres, nats=nats)
    made.write(folder)
    print(
        f"{len(made.secrets())} secrets are in {folder}. Keep the folder private, and a copy of it."
    )
