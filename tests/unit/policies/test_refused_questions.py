"""A question that may be answered later is told apart from one that never will be."""

import pytest

from kernel.errors import Conflict, InvalidField, ServiceError, StorageUnavailable
from services.orchestrator.clients.peer import refused
from services.policies.api.decision_messages import refusal_of


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (StorageUnavailable("The database cannot answer at the moment."), True),
        (Conflict("Somebody else changed the same thing at the same time."), True),
        (InvalidField.named("step_id", "was used before"), False),
    ],
)
def test_whether_it_passes_reaches_whoever_asked(error: ServiceError, passes: bool) -> None:
    refusal = refusal_of(error)
    assert refusal.retryable is passes
    # An agent that is told so by the session asks again, and only then.
    assert refusal_of(refused(refusal)).retryable is passes
