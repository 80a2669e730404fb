"""A tenant without a database, and people who ask for things in it."""

import pytest

from kernel.clock import FakeClock
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain.granting import OPERATOR
from services.accounts.domain.tenant import Tenant
from tests.unit.accounts.in_memory import InMemory
from tests.unit.accounts.specimens import a_tenant, principal


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> InMemory:
    return InMemory()


@pytest.fixture
async def tenant(store: InMemory) -> Tenant:
    made = a_tenant()
    await store.tenants.add(made)
    return made


@pytest.fixture
def owner(tenant: Tenant) -> Principal:
    return principal(tenant.id, Role.OWNER)


@pytest.fixture
def operator(tenant: Tenant) -> Principal:
    return Principal(tenant_id=tenant.id, roles=frozenset(), service=OPERATOR)
