"""Calls of RunService as a client of the plane makes them."""

import uuid
from typing import Any

from grpc import aio

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aosctl.seed import Development
from bench.plane import RunningPlane

DEADLINE_SECONDS = 30.0


class RunCalls:
    """Creates and reads runs of the development tenant, over one channel."""

    def __init__(self, *, channel: aio.Channel, token: str, development: Development) -> None:
        self._stub: Any = run_service_pb2_grpc.RunServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._development = development

    async def create(self) -> str:
        """Create a run, durably; its id."""
        request = run_service_pb2.CreateRunRequest(
            request_id=str(uuid.uuid4()),
            project_id=self._development.project_id,
            agent_id=self._development.agent_id,
            goal="Measure how long this takes.",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
        )
        answer = await self._stub.CreateRun(
            request, timeout=DEADLINE_SECONDS, metadata=self._metadata
        )
        return str(answer.run.id)

    async def get(self, run_id: str) -> None:
        """Read a run."""
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        await self._stub.GetRun(request, timeout=DEADLINE_SECONDS, metadata=self._metadata)

    async def list(self, *statuses: "run_pb2.RunStatus") -> None:
        """Read the first page of runs, of all or of these statuses."""
        request = run_service_pb2.ListRunsRequest(filter=run_pb2.RunFilter(statuses=statuses))
        await self._stub.ListRuns(request, timeout=DEADLINE_SECONDS, metadata=self._metadata)


async def token_for(plane: RunningPlane) -> str:
    """A token of the development tenant; it lasts for five minutes."""
    async with aio.insecure_channel(plane.addresses["accounts"]) as channel:
        tokens: Any = token_service_pb2_grpc.TokenServiceStub(channel)
        request = token_service_pb2.ExchangeKeyRequest(api_key=plane.development.api_key)
        return str((await tokens.ExchangeKey(request, timeout=DEADLINE_SECONDS)).token)
