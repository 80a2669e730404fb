"""The other services: whether they do their work."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from grpc import aio

from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from servicekit.channel import error_from
from services.incidents.usecases.ports import SeenService

CONTRACTS = status_service_pb2.DESCRIPTOR.services_by_name.values()
_SECONDS = 2.0
# A job that failed once will try again; one that fails again and again does not do its work.
_FAILURES = 3


class PlaneStatus:
    """Asks every service how it is."""

    def __init__(self, *, channels: Mapping[str, aio.Channel]) -> None:
        self._stubs: dict[str, Any] = {
            name: status_service_pb2_grpc.StatusServiceStub(channel)
            for name, channel in channels.items()
        }

    async def __call__(self) -> Sequence[SeenService]:
        """Look at all of them at once."""
        return await asyncio.gather(
            *(self._look_at(name, stub) for name, stub in self._stubs.items())
        )

    async def _look_at(self, name: str, stub: Any) -> SeenService:
        try:
            answer = await stub.GetStatus(status_service_pb2.GetStatusRequest(), timeout=_SECONDS)
        except aio.AioRpcError as call:
            return SeenService(name=name, problems={"answer": error_from(call).message})
        status = answer.status
        problems = {check.name: check.problem for check in status.checks if not check.holds}
        problems |= {
            f"job {job.name}": job.last_error
            for job in status.jobs
            if job.consecutive_failures >= _FAILURES
        }
        return SeenService(name=name, problems=problems)
