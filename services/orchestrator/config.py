"""Settings of the orchestrator."""

from dataclasses import dataclass

from kernel.profile import Profile
from servicekit.config import ConfigError, setting
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
    stale_seconds: float = setting(
        "AOS_STALE_SECONDS",
        "after how much silence a run is closed as failed",
        default=60.0,
    )
    orphan_seconds: float = setting(
        "AOS_ORPHAN_SECONDS", "after how long a start that broke off is closed", default=600.0
    )
    search_seconds: float = setting(
        "AOS_SEARCH_SECONDS", "how often runs are looked for that nobody drives", default=5.0
    )
    audit_seconds: float = setting(
        "AOS_AUDIT_SECONDS", "how often runs that are over are audited", default=10.0
    )
    audit_after_seconds: float = setting(
        "AOS_AUDIT_AFTER_SECONDS",
        "how long after its end everything of a run must have been acknowledged",
        default=60.0,
    )
    governance_profile: str = setting(
        "AOS_GOVERNANCE_PROFILE",
        "STRICT, STANDARD or OBSERVE_ONLY, as for policies; only the last has ungoverned skills",
        default="STANDARD",
    )
    run_places: int = setting(
        "AOS_RUN_PLACES", "how many managed runs one replica executes at once", default=64
    )
    run_steps_at_once: int = setting(
        "AOS_RUN_STEPS_AT_ONCE", "how many steps of one managed run are executed at once", default=4
    )
    run_lease_seconds: float = setting(
        "AOS_RUN_LEASE_SECONDS",
        "after how long a managed run is somebody else's whose worker has ended",
        default=15.0,
    )
    skill_seconds: float = setting(
        "AOS_SKILL_SECONDS", "how long one step of a managed run may take", default=300.0
    )
    planner_model: str = setting(
        "AOS_PLANNER_MODEL",
        "model that plans managed runs without a plan",
        default="scripted/planner",
    )
    scripted_answers: str = setting(
        "AOS_SCRIPTED_ANSWERS",
        "rules of the scripted provider, a JSON list of {contains, answer, after_ms, fails}",
        default="",
    )
    stop_grace_seconds: float = setting(
        "AOS_STOP_GRACE_SECONDS",
        "how long a stopped run may clean up before it is completed without its agent",
        default=30.0,
    )

    @property
    def profile(self) -> Profile:
        """How strictly runs are governed.

        Raises:
            ConfigError: there is no such profile.
        """
        try:
            return Profile(self.governance_profile)
        except ValueError as error:
            raise ConfigError(f"AOS_GOVERNANCE_PROFILE is wrong: {error}.") from error

    def require_consistency(self) -> None:
        """Refuse settings that contradict each other.

        Raises:
            ConfigError: they do.
        """
        if self.saga_lease_seconds < 2 * self.saga_task_seconds:
            raise ConfigError("AOS_SAGA_LEASE_SECONDS: at least twice AOS_SAGA_TASK_SECONDS.")
        if min(self.run_steps_at_once, self.run_lease_seconds, self.skill_seconds) <= 0:
            raise ConfigError(
                "AOS_RUN_STEPS_AT_ONCE, AOS_RUN_LEASE_SECONDS, AOS_SKILL_SECONDS: above 0."
            )
        if min(self.audit_seconds, self.audit_after_seconds) <= 0:
            raise ConfigError("AOS_AUDIT_SECONDS, AOS_AUDIT_AFTER_SECONDS: above 0.")
