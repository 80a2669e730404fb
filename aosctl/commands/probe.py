"""`aos probe`."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aosctl.errors import OperatorError

TIMEOUT_SECONDS = 3.0


def probe(*, address: str, name: str) -> None:
    """End well if the address serves under the name."""
    request = health_pb2.HealthCheckRequest(service=name)
    with grpc.insecure_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise OperatorError(f"{address} does not answer ({error.code().name}).") from error
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise OperatorError(f"{address} does not serve {name or 'calls'} at the moment.")
    print(f"{address} serves {name or 'calls'}.")
