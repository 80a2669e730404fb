"""Every other service, as the spine needs them: do they accept runs."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from grpc import aio

from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from servicekit.guard.boot_guard import GuardCheck

CONTRACTS = status_service_pb2.DESCRIPTOR.services_by_name.values()
_SECONDS = 2.0


class SpineStatus:
    """Asks the services that stand behind every run."""

    def __init__(self, channels: Mapping[str, aio.Channel]) -> None:
        self._stubs: dict[str, Any] = {
            name: status_service_pb2_grpc.StatusServiceStub(channel)
            for name, channel in channels.items()
        }

    def checks(self) -> Iterator[GuardCheck]:
        """One check for each of them."""
        for name in self._stubs:
            yield GuardCheck(name=f"spine/{name}", prove=partial(self.problem_of, name))

    async def problem_of(self, name: str) -> str | None:
        """What keeps a service from accepting runs; None when nothing does."""
        request = status_service_pb2.GetStatusRequest()
        try:
            answer = await self._stubs[name].GetStatus(request, timeout=_SECONDS)
        except aio.AioRpcError as call:
            return f"{name} does not answer ({call.code().name})"
        status = answer.status
        if status.accepts_runs:
            return None
        broken = [f"{check.name}: {check.problem}" for check in status.checks if not check.holds]
        return f"{name} accepts no runs ({'; '.join(broken) or 'it is starting'})"
