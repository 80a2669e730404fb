"""What is done for runs every so often, one replica at a time."""

from collections.abc import Awaitable, Callable

from servicekit.jobs import Job
from services.orchestrator.usecases.find_lost_runs import FindLostRuns

Audit = Callable[[], Awaitable[object]]


def run_jobs(
    *, find: FindLostRuns, search_seconds: float, audits: dict[str, Audit], audit_seconds: float
) -> list[Job]:
    """The searches for runs that nobody drives, and the audits of those that are over."""
    searches = {
        "complete_halted_runs": find.halted,
        "close_stale_runs": find.silent,
        "close_orphaned_runs": find.orphaned,
    }
    return [
        *(_job(name, search_seconds, work) for name, work in searches.items()),
        *(_job(name, audit_seconds, work) for name, work in audits.items()),
    ]


def _job(name: str, every_seconds: float, work: Audit) -> Job:
    return Job(name=name, every_seconds=every_seconds, work=work)
