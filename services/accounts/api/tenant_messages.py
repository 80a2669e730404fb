"""Tenants as messages."""

from typing import Any

from aos.accounts.v1 import tenant_pb2
from services.accounts.domain.tenant import Tenant, TenantState

_STATES: dict[TenantState, Any] = {
    state: tenant_pb2.TenantState.Value(f"TENANT_STATE_{state.name}") for state in TenantState
}


def from_tenant(tenant: Tenant) -> tenant_pb2.Tenant:
    """Write a tenant."""
    message = tenant_pb2.Tenant(
        id=tenant.id, name=tenant.name, state=_STATES[tenant.state], etag=str(tenant.revision)
    )
    message.create_time.FromDatetime(tenant.created_at)
    message.update_time.FromDatetime(tenant.updated_at)
    return message
