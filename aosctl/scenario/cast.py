"""Who is on the stage while a scenario is played, and what is known of them by name."""

from dataclasses import dataclass, field
from typing import Any

from aosctl.errors import OperatorError
from aosctl.scenario.looks import Subject
from aosctl.stage.calling import Stage
from aosctl.stage.governed_run import GovernedRun


@dataclass(slots=True, kw_only=True)
class ActedRun:
    """A run of the scenario, with the agent that holds it, if one does."""

    run_id: str
    trace_id: str
    held: GovernedRun | None

    @property
    def subject(self) -> Subject:
        """How it is looked at."""
        return Subject(run_id=self.run_id, trace_id=self.trace_id)


@dataclass(slots=True, kw_only=True)
class Cast:
    """A tenant of the scenario's own, and everything that has been made in it."""

    scenario: str
    stage: Stage
    runs: dict[str, ActedRun] = field(default_factory=dict)
    # What the plane last said of policies, by their names.
    policies: dict[str, Any] = field(default_factory=dict)

    def run(self, name: str) -> ActedRun:
        """A run by its name; the last one without.

        Raises:
            OperatorError: It was refused, so it is not there.
        """
        if name and name in self.runs:
            return self.runs[name]
        if not name and self.runs:
            return next(reversed(self.runs.values()))
        raise OperatorError(f"there is no run {name or 'at all'}: it was refused")

    def subject(self, name: str) -> Subject:
        """What is looked at when a run is spoken of; nothing where there is none."""
        known = name in self.runs if name else self.runs
        return self.run(name).subject if known else Subject()

    @property
    def policy_ids(self) -> dict[str, str]:
        """The identifiers of policies by their names."""
        return {name: policy.id for name, policy in self.policies.items()}

    async def leave(self) -> None:
        """Let every agent be gone."""
        for run in self.runs.values():
            if run.held is not None:
                await run.held.vanish()
