"""From the kill of a run to the word of it in an open session, with many sessions open."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

from grpc import aio

from aos.orchestrator.v1 import run_service_pb2, run_service_pb2_grpc
from bench.context import Context
from bench.load import SMOKE, Load
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row, at_most
from bench.run_calls import DEADLINE_SECONDS, token_for
from bench.session_calls import SessionCalls, session

SESSIONS = 500
_OPENED_AT_ONCE = 20


async def measure(context: Context) -> list[Row]:
    async with context.plane.apart("kills").running() as plane:
        load = await _measure(plane, sessions=2 if context.pace is SMOKE else SESSIONS)
    context.tell("kill to directive", load)
    return [
        Row(
            id="P-9",
            what=f"kill switch to directive in an open session, {SESSIONS} sessions, p99",
            value=load.p99_ms,
            unit="ms",
            goal=at_most(100.0),
        )
    ]


async def _measure(plane: RunningPlane, *, sessions: int) -> Load:
    token = await token_for(plane)
    address = plane.addresses["orchestrator"]
    async with AsyncExitStack() as stack:
        held: list[tuple[SessionCalls, str]] = []
        for first in range(0, sessions, _OPENED_AT_ONCE):
            opened = [
                await stack.enter_async_context(
                    session(address, token=token, development=plane.development)
                )
                for _ in range(min(_OPENED_AT_ONCE, sessions - first))
            ]
            runs = await asyncio.gather(*(agent.create_runs(1) for agent in opened))
            held += [(agent, run_id) for agent, (run_id,) in zip(opened, runs, strict=True)]
        channel = await stack.enter_async_context(aio.insecure_channel(address))
        stub: Any = run_service_pb2_grpc.RunServiceStub(channel)
        metadata = (("authorization", f"Bearer {token}"),)
        began = time.perf_counter()
        latencies = [
            await _killed(stub, metadata, agent, run_id) for agent, run_id in reversed(held)
        ]
        return Load(seconds=time.perf_counter() - began, latencies=tuple(sorted(latencies)))


async def _killed(stub: Any, metadata: Any, agent: SessionCalls, run_id: str) -> float:
    """Kill a run, and say how long it took until its session had heard of it."""
    request = run_service_pb2.KillRunRequest(
        request_id=str(uuid.uuid4()), run_id=run_id, reason="measured"
    )
    began = time.perf_counter()
    await stub.KillRun(request, timeout=DEADLINE_SECONDS, metadata=metadata)
    await asyncio.wait_for(agent.directives.get(), DEADLINE_SECONDS)
    return time.perf_counter() - began


MEASUREMENT = Measurement(
    description="the kill switch, as open sessions hear of it", ids=("P-9",), measure=measure
)
