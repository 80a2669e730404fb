"""The event reactor: which event makes the orchestrator do what."""

from datetime import timedelta
from typing import Any

from services.orchestrator.usecases.desks import IncidentsDesk
from services.orchestrator.workers import (
    on_completion_parked,
    on_gate_changed,
    on_lesson_converted,
)


def reactions(
    *, activity: Any, look: on_gate_changed.Look, incidents: IncidentsDesk, grace: timedelta
) -> dict[str, Any]:
    """The handlers, by the declared consumers that they serve."""
    return {
        on_gate_changed.CONSUMER: on_gate_changed.on_gate_changed(
            phases=activity, look=look, grace=grace
        ),
        on_lesson_converted.CONSUMER: on_lesson_converted.on_lesson_converted(activity),
        on_completion_parked.CONSUMER: on_completion_parked.on_completion_parked(incidents),
    }
