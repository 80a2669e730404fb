"""People of a tenant who decide, as callers of policies."""

from kernel.principal import Principal
from tests.support.calling import Caller
from tests.support.plane import Plane

Person = Caller


def person(plane: Plane, principal: Principal) -> Person:
    """Somebody with a token."""
    return Person(plane, "policies", plane.identities.metadata(principal))


def operator(plane: Plane, tenant: str = "") -> Person:
    """Whoever runs the plane, for a tenant or for none."""
    metadata = plane.identities.service_metadata("operator", audience="policies", tenant=tenant)
    return Person(plane, "policies", metadata)
