"""Who gets past the checks of a method, whatever the method."""

from kernel.identifiers import new_id
from servicekit.auth.callers import CallerList
from servicekit.settings import ROOT
from tests.support.identities import Metadata, somebody
from tests.support.methods import Method
from tests.support.plane import Plane


def callers_of(method: Method) -> frozenset[str]:
    """Who may call the method, by deploy/callers.yaml."""
    path = ROOT / "deploy" / "callers.yaml"
    return CallerList.read(path, service=method.service).callers_of(method.path)


def admitted(plane: Plane, method: Method) -> Metadata:
    """Metadata of somebody who may call it: an owner, or else one of our services."""
    callers = callers_of(method)
    if "public" in callers:
        return plane.identities.metadata(somebody("owner"))
    known = sorted(callers & plane.identities.keys.keys())
    tenant = "" if method.access.tenantless else new_id("ten")
    return plane.identities.service_metadata(known[0], audience=method.service, tenant=tenant)
