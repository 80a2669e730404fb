"""The least a grpc.aio server can do: give back the bytes it was given.

python -m bench.echo_server <port>
"""

import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop
from grpc import aio

SERVICE = "bench.Echo"


async def _echo(request: bytes, _context: Any) -> bytes:
    return request


async def _echo_each(requests: AsyncIterator[bytes], _context: Any) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = aio.server()
    handlers: dict[str, Any] = {
        # Without a serializer the bytes pass as they are.
        "Unary": grpc.unary_unary_rpc_method_handler(_echo),
        "Stream": grpc.stream_stream_rpc_method_handler(_echo_each),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
