"""Settings of policies."""

from dataclasses import dataclass

from servicekit.config import setting
from servicekit.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServiceSettings):
    """What policies reads from its environment."""

    governance_profile: str = setting(
        "AOS_GOVERNANCE_PROFILE", "STRICT, STANDARD or OBSERVE_ONLY", default="STANDARD"
    )
    mid_execution_checks: bool = setting(
        "AOS_MID_EXECUTION_POLICY_CHECK_ENABLED",
        "whether runs under way take over what is in force now",
        default=True,
    )
    mid_execution_seconds: float = setting(
        "AOS_MID_EXECUTION_SECONDS",
        "how often runs are looked for that a change of policies has not reached by its event",
        default=10.0,
    )
    reservation_seconds: float = setting(
        "AOS_RESERVATION_SECONDS",
        "how long a reservation waits to be settled before it counts as spent",
        default=600.0,
    )
    detector_seconds: float = setting(
        "AOS_DETECTOR_SECONDS",
        "how long content rules may look at one text before their failure mode decides",
        default=1.0,
    )
    safety_classifier: str = setting(
        "AOS_SAFETY_CLASSIFIER",
        "who judges safety categories, as module:callable; without it such rules cannot look",
        default="",
    )
    safety_seconds: float = setting(
        "AOS_SAFETY_SECONDS",
        "how long the safety classifier may take before failure modes decide",
        default=2.0,
    )
