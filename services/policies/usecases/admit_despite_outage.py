"""What is decided while the database is away: what the run's policies said beforehand.

Closed, unless every policy of the run is open to faults and its gate was open when last seen. Such
a step is taken without a word on disk; it is written down, with the fault, and counted against its
budgets, as soon as there is a place to write it. The audit gate bounds how long this can go on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from kernel.clock import Clock
from kernel.errors import Unavailable
from kernel.identifiers import new_id
from services.policies.domain.decision import Decision
from services.policies.domain.gate import Gate, GateState
from services.policies.domain.policy_body import FailureMode
from services.policies.usecases.admit_steps import AskedStep, Encoded, Outcome, let_pass

STORAGE_AWAY = "STORAGE_UNAVAILABLE"
# More than this nobody could write down in time; then everything is closed.
_MOST_UNWRITTEN = 10_000


@dataclass(slots=True, kw_only=True)
class AdmitDespiteOutage:
    """Decides batches of steps, also while nothing can be written."""

    admit: Callable[[Sequence[AskedStep]], Awaitable[list[Outcome]]]
    last_seen: Callable[[str, str], Gate | None]
    encode: Callable[[Decision], Encoded]
    clock: Clock
    unwritten: list[AskedStep] = field(default_factory=list)

    async def __call__(self, steps: Sequence[AskedStep]) -> list[Outcome]:
        """Decide each step, after writing down what was let pass before.

        Raises:
            Unavailable: nothing can be decided, and no step of the batch may pass undecided.
        """
        late, self.unwritten = self.unwritten, []
        try:
            outcomes = await self.admit([*late, *steps])
        except Unavailable as outage:
            self.unwritten = late
            return [self._despite(step, outage) for step in steps]
        except BaseException:
            self.unwritten = late + self.unwritten
            raise
        return outcomes[len(late) :]

    def _despite(self, step: AskedStep, outage: Unavailable) -> Outcome:
        gate = self.last_seen(step.tenant_id, step.run_id)
        opens = (
            gate is not None
            and gate.state is GateState.OPEN
            and gate.on_unreachable is FailureMode.FAIL_OPEN
            and len(self.unwritten) < _MOST_UNWRITTEN
        )
        if gate is None or not opens:
            return outage
        self.unwritten.append(replace(step, let_pass_by=STORAGE_AWAY))
        decision = Decision(
            id=new_id("dec"),
            run_id=step.run_id,
            step_id=step.step_id,
            tenant_id=step.tenant_id,
            verdict=let_pass(STORAGE_AWAY)[0],
            gate_epoch=gate.epoch,
            decided_at=self.clock.now(),
        )
        return self.encode(decision).body
