"""Settings of the orchestrator."""

from dataclasses import dataclass

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What the orchestrator reads from its environment."""

    audit_durability: bool = setting(
        "AOS_AUDIT_DURABILITY",
        "whether a run is complete only when every acknowledgement is on disk",
        default=True,
    )
    saga_places: int = setting(
        "AOS_SAGA_PLACES", "how many completions one replica works on at once", default=256
    )
    saga_lease_seconds: float = setting(
        "AOS_SAGA_LEASE_SECONDS",
        "after how long a completion is somebody else's whose worker has ended",
        default=30.0,
    )
    saga_task_seconds: float = setting(
        "AOS_SAGA_TASK_SECONDS",
        "how long one step of a completion may take; less than half a lease",
        default=10.0,
    )
    permit_seconds: float = setting(
        "AOS_PERMIT_SECONDS",
        "how long an agent may act without hearing from us; it beats three times as often",
        default=5.0,
    )
    stop_grace_seconds: float = setting(
        "AOS_STOP_GRACE_SECONDS",
        "how long a stopped run may clean up before it is completed without its agent",
        default=30.0,
    )
