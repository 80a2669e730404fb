"""End runs and seal their traces, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.activity.domain.run import Run
from services.activity.domain.run_lifecycle import Ending, complete_once
from services.activity.domain.trace import Trace
from services.activity.usecases.change_run import Step, move_runs
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.traces import seal_traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A run that is over, and its sealed trace if it has one."""

    run: Run
    trace: Trace | None


async def complete_runs(
    endings: Mapping[RunId, Ending],
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> dict[RunId, Completed | ServiceError]:
    """End each run as it is said; one that ended so already is returned as it is."""
    steps = {run_id: _ending(ending) for run_id, ending in endings.items()}
    ended = await move_runs(
        steps, "ENDED", principal=principal, unit_of_work=unit_of_work, clock=clock
    )
    over = [run.id for run in ended.values() if isinstance(run, Run)]
    traces = await seal_traces(over, principal=principal, unit_of_work=unit_of_work, clock=clock)
    return {
        run_id: Completed(run=run, trace=traces.get(run_id)) if isinstance(run, Run) else run
        for run_id, run in ended.items()
    }


def _ending(ending: Ending) -> Step:
    return lambda run, at: complete_once(run, ending, at=at)
