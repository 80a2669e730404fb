"""Who writes: a service, whose name comes from its identity and never from the request."""

from collections.abc import Iterable
from typing import Any

from servicekit import calls


def writing_service(items: Iterable[Any]) -> str:
    """The name of the calling service, which may write for any tenant unless it acts for one.

    Raises:
        TenantMismatch: it acts for a tenant, and an item belongs to another.
    """
    call = calls.current()
    assert call is not None
    if call.principal is not None:
        for item in items:
            call.principal.require_tenant(item.tenant_id)
    return call.caller
