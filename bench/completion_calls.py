"""Completions of runs, and when each is finished."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from grpc import aio

from aos.activity.v1 import run_lifecycle_service_pb2, run_lifecycle_service_pb2_grpc
from aos.orchestrator.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aosctl.seed import Development
from bench.plane import RunningPlane
from bench.run_calls import DEADLINE_SECONDS

# Looked at in the database and by one alone: callers that ask would be measured as well.
_LOOK_SECONDS = 0.005
_BEAT_SECONDS = 10.0
_MOST_BEATS = 1000
_FINISHED = "SELECT run_id FROM orchestrator.sagas WHERE state = 'FINISHED' AND finished_at > $1"


class Completions:
    """Runs that are ready to be completed, and whoever completes them."""

    def __init__(
        self,
        *,
        channel: aio.Channel,
        activity: aio.Channel,
        token: str,
        development: Development,
        looking: Any,
    ) -> None:
        self._life: Any = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(activity)
        self._stub: Any = run_service_pb2_grpc.RunServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._development = development
        self._looking = looking
        self._ready: list[str] = []
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def prepare(self, number: int, *, at_once: int = 8) -> None:
        """Create runs that have begun."""
        for _ in range(0, number, at_once):
            self._ready += await asyncio.gather(*(self._create() for _ in range(at_once)))

    async def complete(self) -> None:
        """Complete one of them, and wait until every step of it is done."""
        run_id = self._ready.pop() if self._ready else await self._create()
        done = self._waiting[run_id] = asyncio.get_running_loop().create_future()
        request = run_service_pb2.CompleteRunRequest(
            request_id=str(uuid.uuid4()), run_id=run_id, outcome=run_pb2.OUTCOME_SUCCEEDED
        )
        await self._stub.CompleteRun(request, timeout=DEADLINE_SECONDS, metadata=self._metadata)
        await done

    async def beat(self) -> None:
        """Give signs of life of what waits to be completed, until cancelled."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            for first in range(0, len(self._ready), _MOST_BEATS):
                await self._life.RecordHeartbeats(
                    run_lifecycle_service_pb2.RecordHeartbeatsRequest(
                        run_ids=self._ready[first : first + _MOST_BEATS]
                    ),
                    timeout=DEADLINE_SECONDS,
                    metadata=self._metadata,
                )

    async def look(self) -> None:
        """Tell those whose run is finished, until cancelled."""
        since = await self._looking.fetchval("SELECT clock_timestamp() - interval '1 second'")
        while True:
            now = await self._looking.fetchval("SELECT clock_timestamp() - interval '1 second'")
            for row in await self._looking.fetch(_FINISHED, since):
                done = self._waiting.pop(row["run_id"], None)
                if done is not None:
                    done.set_result(None)
            since = now
            await asyncio.sleep(_LOOK_SECONDS)

    async def _create(self) -> str:
        request = run_service_pb2.CreateRunRequest(
            request_id=str(uuid.uuid4()),
            agent_id=self._development.agent_id,
            goal="Measure how long its completion takes.",
            mode=run_pb2.RUN_MODE_EXTERNAL,
        )
        answer = await self._stub.CreateRun(
            request, timeout=DEADLINE_SECONDS, metadata=self._metadata
        )
        return str(answer.run.run.id)


@asynccontextmanager
async def completions(plane: RunningPlane, token: str) -> AsyncIterator[Completions]:
    """Completions, looked at for as long as the block lasts."""
    looking = await asyncpg.connect(plane.admin_url)
    try:
        async with (
            aio.insecure_channel(plane.addresses["orchestrator"]) as channel,
            aio.insecure_channel(plane.addresses["activity"]) as activity,
        ):
            made = Completions(
                channel=channel,
                activity=activity,
                token=token,
                development=plane.development,
                looking=looking,
            )
            loops = [asyncio.create_task(made.look()), asyncio.create_task(made.beat())]
            try:
                yield made
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)
    finally:
        await looking.close()
