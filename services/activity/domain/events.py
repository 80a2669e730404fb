"""What activity announces."""

from dataclasses import dataclass

from services.activity.domain.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated:
    """A run was created."""

    run: Run


ActivityEvent = RunCreated
