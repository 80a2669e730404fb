"""A service that does what its environment says; stands in for real ones where none is needed."""

import asyncio
import os
import signal
import sys


def main() -> None:
    """Behave as TRIVIAL_MODE says."""
    mode = os.environ["TRIVIAL_MODE"]
    if mode == "fail":
        sys.exit("It was told to fail.")
    if mode == "misconfigured":
        print("A setting is wrong.", flush=True)  # noqa: T201
        sys.exit(os.EX_CONFIG)
    if mode == "crash":
        raise RuntimeError("It was told to crash.")
    if mode == "wait":
        print("waiting", flush=True)  # noqa: T201 - what is printed must reach the log.
        signal.pause()
    if mode == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)  # noqa: T201
        while True:
            signal.pause()
    if mode in {"serve", "refuse", "refuse_runs"}:
        asyncio.run(_serve(serving=mode != "refuse", runs=mode != "refuse_runs"))


async def _serve(*, serving: bool, runs: bool) -> None:
    # Imported after the fork, as a service without a warm zygote would.
    import grpc  # noqa: PLC0415
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # noqa: PLC0415

    states = health_pb2.HealthCheckResponse
    servicer = health.aio.HealthServicer()
    await servicer.set("", states.SERVING if serving else states.NOT_SERVING)
    await servicer.set("runs", states.SERVING if runs else states.NOT_SERVING)
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(os.environ["AOS_LISTEN"])
    await server.start()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: asyncio.ensure_future(server.stop(1))
    )
    await server.wait_for_termination()
