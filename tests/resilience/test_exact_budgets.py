"""A budget is exact through four replicas, also while they are killed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.policies.v1 import admission_service_pb2, admission_service_pb2_grpc
from tests.support.governed import CONTINUE, GovernedRun, Tenant, limit
from tests.support.plane import Plane
from tests.support.processes import Replica
from tests.support.waiting import until

pytestmark = pytest.mark.resilience
REPLICAS = 4
STEPS_A_RUN = 50
# What a caller does not know the outcome of; it asks again under the same name.
UNKNOWN = (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    # One in this process writes the policies and opens the runs; it is none of those killed.
    await empty_plane.start("policies")
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


class Crowd:
    """Callers that ask for one unit after the other, of whichever replica answers."""

    def __init__(self, tenant: Tenant, replicas: list[Replica], chance: random.Random) -> None:
        self._metadata = tenant.orchestrator
        self._replicas = replicas
        self._chance = chance
        self.granted = 0

    async def take_steps(self, run: GovernedRun) -> None:
        for number in range(STEPS_A_RUN):
            question = run.question(f"step-{number}", estimated_cost_micro_usd=1)
            action = await self._ask(question)
            self.granted += action == CONTINUE

    async def _ask(self, question: object) -> int:
        request = admission_service_pb2.AdmitStepsRequest(questions=[question])  # type: ignore[list-item]
        while True:
            replica = self._chance.choice(self._replicas)
            stub = admission_service_pb2_grpc.AdmissionServiceStub(replica.channel)
            try:
                answer = await stub.AdmitSteps(request, timeout=5, metadata=self._metadata())
            except (aio.AioRpcError, aio.UsageError) as error:
                # A channel that is closed under a call says so by an error of usage.
                assert not isinstance(error, aio.AioRpcError) or error.code() in UNKNOWN, error
                await asyncio.sleep(0.02)
                continue
            except asyncio.CancelledError:
                # Or by a cancellation that nobody asked of us.
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                continue
            admission = answer.admissions[0]
            if admission.WhichOneof("result") == "decision":
                return int(admission.decision.action)


async def sums(plane: Plane, tenant: Tenant) -> tuple[int, int]:
    """What the counter says, and what the reservations add up to."""
    counted = await plane.database.value(
        "SELECT coalesce(sum(used + reserved), 0) FROM policies.counters "
        f"WHERE tenant_id = '{tenant.id}'"
    )
    held = await plane.database.value(
        "SELECT coalesce(sum((hold ->> 1)::bigint), 0) FROM policies.reservations, "
        f"json_array_elements(holds::json) AS hold WHERE tenant_id = '{tenant.id}'"
    )
    return int(str(counted)), int(str(held))


@pytest.mark.invariant("I-23")
@pytest.mark.invariant("I-24")
async def test_the_cap_is_exact_while_replicas_are_killed(
    plane: Plane, chance: random.Random, is_full: bool
) -> None:
    asked, cap = (10_000, 5_000) if is_full else (1_000, 500)
    tenant = Tenant(plane)
    await tenant.govern(limit("COST_MICRO_USD", cap, window="CALENDAR_DAY"))
    runs = [await tenant.open_run() for _ in range(asked // STEPS_A_RUN)]
    replicas = [Replica(plane=plane, service="policies") for _ in range(REPLICAS)]
    async with AsyncExitStack() as stack:
        for replica in replicas:
            stack.push_async_callback(replica.stop)
        await asyncio.gather(*(replica.start() for replica in replicas))
        crowd = Crowd(tenant, replicas, chance)
        steps = [asyncio.create_task(crowd.take_steps(run)) for run in runs]
        kills = 0
        while not all(step.done() for step in steps):
            victim = chance.choice(replicas)
            await victim.kill()
            kills += 1
            counted, held = await sums(plane, tenant)
            assert counted <= cap
            assert held <= cap
            await victim.start()
        await asyncio.gather(*steps)
    assert kills > 0
    assert crowd.granted == cap
    assert await sums(plane, tenant) == (cap, cap)
