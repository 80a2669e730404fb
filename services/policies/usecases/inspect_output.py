"""Look at output while it is made, and decide about it as about any step.

Most pieces are looked at and answered without a transaction. One is opened for the first piece,
which is when `FIRST_TOKEN` binds, for whatever is found, and when more comes out than was reserved:
what is reserved is then widened, so that no budget is passed between two pieces either.
"""

from dataclasses import dataclass

from kernel.errors import ServiceError
from services.policies.domain.action import Action
from services.policies.domain.errors import GateNotFound, NotInspected
from services.policies.domain.output import output_checks
from services.policies.domain.passage import Passage
from services.policies.usecases.decide_output import DecideOutput
from services.policies.usecases.inspect_content import Inspector
from services.policies.usecases.output_progress import OutputAnswer, OutputChunk, OutputProgress
from services.policies.usecases.programs import Kept
from services.policies.usecases.run_programs import RunPrograms

_OUTPUTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectOutput:
    """Answers pieces of output."""

    run_programs: RunPrograms
    inspector: Inspector
    decide: DecideOutput

    async def __call__(self, chunk: OutputChunk, progress: OutputProgress) -> OutputAnswer:
        """Say what is to be done about a piece.

        Raises:
            GateNotFound: the run was never opened, or the asker may not know of it.
            ReservationNotFound: the step was never admitted.
        """
        if progress.ended is not None:
            return progress.ended
        passage = progress.taken_in(chunk)
        try:
            answer = await self._answered(chunk, progress, passage, afresh=False)
        except NotInspected:
            answer = await self._answered(chunk, progress, passage, afresh=True)
        progress.window = progress.window.after(passage)
        if not answer.action.lets_step_happen:
            progress.ended = answer
        return answer

    async def _answered(
        self, chunk: OutputChunk, progress: OutputProgress, passage: Passage, *, afresh: bool
    ) -> OutputAnswer:
        program = await self.run_programs.of(chunk.tenant_id, chunk.run_id, afresh=afresh)
        if program is None:
            raise GateNotFound.of(chunk.run_id)
        inspected = await self.inspector.inspect(
            passage, output_checks(program), content_hash=program.content_hash
        )
        news = progress.news(inspected)
        if not progress.wants_decision(chunk, news):
            return OutputAnswer(action=Action.CONTINUE)
        answer = await self.decide(chunk, progress, program, news)
        progress.told.update((*news.found, *news.faults))
        return answer


class Outputs:
    """The outputs that one listener is told of; of very many at once, the oldest begin again."""

    def __init__(self, inspect_output: InspectOutput) -> None:
        self._inspect_output = inspect_output
        self._progress: Kept[tuple[str, str], OutputProgress] = Kept(_OUTPUTS)

    async def answered(self, chunk: OutputChunk) -> OutputAnswer | ServiceError:
        """What is to be done about a piece, or why that could not be decided."""
        key = (chunk.run_id, chunk.step_id)
        progress = self._progress.get(key) or self._progress.put(key, OutputProgress())
        try:
            answer = await self._inspect_output(chunk, progress)
        except ServiceError as error:
            self._progress.drop(key)
            return error
        if chunk.last:
            self._progress.drop(key)
        return answer
