"""The access rule of every method, read from the contracts themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from aos.options.v1 import access_pb2
from servicekit.config import ConfigError

# The generated type of an extension of foreign options is wider than the type its users expect.
ACCESS: Any = access_pb2.access


def rules_of(
    services: Iterable[ServiceDescriptor],
    foreign: Mapping[str, access_pb2.Access] | None = None,
) -> dict[str, access_pb2.Access]:
    """The rules by full method name.

    `foreign` holds rules for methods of contracts that are not ours and cannot declare them.

    Raises:
        ConfigError: a method declares nothing; it must not be served.
    """
    rules = dict(foreign or {})
    for service in services:
        for method in service.methods:
            name = f"/{service.full_name}/{method.name}"
            options = method.GetOptions()
            if options.HasExtension(ACCESS):
                rules[name] = options.Extensions[ACCESS]
            if name not in rules:
                raise ConfigError(f"{name} does not declare (aos.options.v1.access).")
    return rules
