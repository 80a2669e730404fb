"""How this command proves to a service that the installation's operator calls."""

from collections.abc import Callable

from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.services import OPERATOR
from kernel.clock import SystemClock
from servicekit.auth.keys import read_private_key
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.config import ConfigError


class OperatorIdentity:
    """Signs the calls of this command with the operator's key."""

    def __init__(self, keys: Keys) -> None:
        file = keys.identity_file(OPERATOR)
        if not file.is_file():
            raise OperatorError(
                f"There is no {file}: name the folder that `aos up` or `aos secrets` made with "
                "--data-dir."
            )
        try:
            key = read_private_key(file)
        except ConfigError as error:
            raise OperatorError(f"{error} Run aos as the user who started it.") from error
        self._signer = ServiceTokenSigner(service=OPERATOR, key=key, clock=SystemClock())

    def metadata(self, service: str, *, tenant_id: str = "") -> tuple[str, str]:
        """The metadata entry for a call to a service, for a tenant or for none."""
        return METADATA_KEY, self._signer.token(audience=service, tenant_id=tenant_id)

    def for_service(self, service: str) -> Callable[[], tuple[str, str]]:
        """Makes the metadata entry whenever it is needed: tokens do not live long."""
        return lambda: self.metadata(service)
