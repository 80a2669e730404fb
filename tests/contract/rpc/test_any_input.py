"""No input crashes or confuses a service: never INTERNAL, never UNKNOWN, whatever is sent.

Sixty requests for each RPC here; ``AOS_FUZZ_REQUESTS=2000`` for the whole.
"""

import asyncio
import os
import random

import pytest
from grpc import StatusCode, aio

from tests.support.admission import admitted
from tests.support.identities import Metadata
from tests.support.methods import Method, methods
from tests.support.plane import Plane
from tests.support.random_messages import damaged, random_message

pytestmark = pytest.mark.invariant("I-33")

REQUESTS = int(os.environ.get("AOS_FUZZ_REQUESTS", "60"))
OUR_FAULT = {StatusCode.INTERNAL, StatusCode.UNKNOWN, StatusCode.UNIMPLEMENTED}


async def code_of(method: Method, channel: aio.Channel, body: bytes, metadata: Metadata) -> object:
    # What watches says nothing until something happens, which is no answer to wait for.
    seconds = 2.0 if method.descriptor.server_streaming else 20.0
    try:
        await method.call(channel, body, metadata=metadata, timeout=seconds)
    except aio.AioRpcError as error:
        return error.code(), error.details()
    return StatusCode.OK, ""


@pytest.mark.parametrize("method", list(methods()), ids=str)
async def test_random_and_damaged_requests_get_a_proper_answer(
    plane: Plane, method: Method
) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    metadata = admitted(plane, method)
    channel = plane.services[method.service].channel
    bodies = []
    for number in range(REQUESTS):
        body = random_message(method.request_type, dice).SerializeToString()
        bodies.append(damaged(body, dice) if number % 3 == 0 else body)
    for start in range(0, REQUESTS, 20):
        answers = await asyncio.gather(
            *(code_of(method, channel, body, metadata) for body in bodies[start : start + 20])
        )
        for body, (code, details) in zip(bodies[start : start + 20], answers, strict=True):  # type: ignore[misc]
            assert code not in OUR_FAULT, f"seed {seed}: {code} {details} for {body!r}"


async def test_an_unknown_method_is_unimplemented_and_changes_nothing(plane: Plane) -> None:
    channel = plane.services["activity"].channel
    with pytest.raises(aio.AioRpcError) as error:
        await channel.unary_unary("/aos.activity.v1.RunService/Nothing")(b"", timeout=5)
    assert error.value.code() is StatusCode.UNIMPLEMENTED
