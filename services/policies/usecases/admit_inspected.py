"""Look at what a step would say, then have it decided together with all others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from kernel.errors import Unavailable
from services.policies.domain.errors import NotInspected
from services.policies.domain.passage import Passage
from services.policies.domain.policy_body import BindAt
from services.policies.usecases.admit_steps import AskedStep
from services.policies.usecases.inspect_content import Inspector
from services.policies.usecases.run_programs import RunPrograms

# A run changes what it is decided by at most when somebody has it checked; once more is enough.
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitInspected:
    """Stands before the batches; steps that say nothing pass without a stop."""

    decide: Callable[[AskedStep], Awaitable[bytes]]
    run_programs: RunPrograms
    inspector: Inspector

    async def submit(self, step: AskedStep) -> bytes:
        """Have a step decided.

        Raises:
            NotInspected: what the run is decided by changed again and again meanwhile.
        """
        if not step.content:
            return await self.decide(step)
        for trial in range(_TRIES - 1):
            try:
                return await self.decide(await self._looked_at(step, afresh=trial > 0))
            except NotInspected:
                continue
        return await self.decide(await self._looked_at(step, afresh=True))

    async def _looked_at(self, step: AskedStep, *, afresh: bool) -> AskedStep:
        try:
            program = await self.run_programs.of(step.tenant_id, step.run_id, afresh=afresh)
        except Unavailable:
            # What is decided while nothing can be read is said by whoever decides.
            return step
        checks = () if program is None else program.at[BindAt.EACH_STEP].content
        if program is None or not checks:
            return step
        inspected = await self.inspector.inspect(
            Passage(text=step.content), checks, content_hash=program.content_hash
        )
        return replace(step, inspected=inspected)
