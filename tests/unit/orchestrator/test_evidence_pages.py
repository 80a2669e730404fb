"""Long lists come page by page, and what does not fit is cut and says so."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from aos.activity.v1 import trace_pb2, trace_service_pb2
from aos.orchestrator.v1 import evidence_service_pb2
from kernel.errors import Exhausted, Overloaded, Unavailable
from kernel.identifiers import TenantId
from services.orchestrator.api import evidence_messages
from services.orchestrator.clients.evidence_reading import Listing, first_of, pages

TENANT = TenantId("ten_1")
Answer = Callable[[Any], Awaitable[Any]]


class Steps:
    """Activity, with so many steps, of which only so many fit into a page."""

    name = "activity"

    def __init__(self, count: int, *, fit: int = 500, error: Exception | None = None) -> None:
        self.steps = [
            trace_pb2.RecordedStep(step=trace_pb2.Step(index=index, params_json="x" * 1000))
            for index in range(count)
        ]
        self.fit, self.error = fit, error
        self.sizes: list[int] = []

    async def ask(self, _method: Any, request: Any, _tenant_id: TenantId) -> Any:
        """Answer a page, or fail as the transport does."""
        self.sizes.append(request.page_size)
        if self.error is not None:
            raise self.error
        if request.page_size > self.fit:
            raise Exhausted("Received message larger than max")
        first = int(request.page_token or 0)
        last = first + request.page_size
        return SimpleNamespace(
            steps=self.steps[first:last],
            next_page_token=str(last) if last < len(self.steps) else "",
        )

    @property
    def listing(self) -> Listing:
        """Its list of steps."""
        peer: Any = self
        return Listing(
            peer=peer, method=None, request_type=trace_service_pb2.ListStepsRequest, field="steps"
        )


async def every(steps: Steps, size: int) -> list[int]:
    found: list[int] = []
    async for items, _ in pages(steps.listing, TENANT, size=size):
        found += [item.step.index for item in items]
    return found


async def test_every_page_is_read_and_none_twice() -> None:
    assert await every(Steps(7), size=3) == list(range(7))


async def test_a_page_that_does_not_fit_is_asked_for_in_halves() -> None:
    steps = Steps(10, fit=3)
    assert await every(steps, size=8) == list(range(10))
    assert steps.sizes[:3] == [8, 4, 2]


async def test_one_item_that_does_not_fit_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(Exhausted):
        await every(Steps(1, fit=0), size=8)


async def test_overload_is_no_question_of_size() -> None:
    steps = Steps(1, error=Overloaded("too much"))
    with pytest.raises(Overloaded):
        await every(steps, size=8)
    assert steps.sizes == [8]


async def test_whoever_is_away_is_named() -> None:
    with pytest.raises(Unavailable) as away:
        await every(Steps(1, error=Unavailable("nobody there")), size=8)
    assert away.value.metadata == {"service": "activity"}
    assert "activity does not answer" in away.value.message


@pytest.mark.parametrize(
    ("count", "most", "found", "more"), [(5, 5, 5, False), (5, 4, 4, True), (0, 4, 0, False)]
)
async def test_the_first_of_more_says_so(count: int, most: int, found: int, more: bool) -> None:
    some = await first_of(Steps(count).listing, TENANT, most=most)
    assert (len(some.items), some.more) == (found, more)


async def test_no_more_is_read_than_fits_beside_the_others() -> None:
    steps = Steps(5000)
    some = await first_of(steps.listing, TENANT, most=5000)
    assert some.more
    assert 2000 < len(some.items) < 3000


def test_an_answer_that_is_too_long_loses_the_end_of_its_longest_list() -> None:
    response = evidence_service_pb2.GetRunEvidenceResponse(steps=Steps(5000).steps)
    response.decisions.add(decision_id="dec_1")
    cut = evidence_messages._fit(response, ["steps", "decisions"])
    assert cut == {"steps"}
    assert response.ByteSize() <= evidence_messages.MOST_BYTES
    assert [one.step.index for one in response.steps] == list(range(len(response.steps)))
    assert len(response.decisions) == 1
