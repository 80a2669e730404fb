"""Examines traces that wait for the detector, a few at a time, fewer of each tenant."""

from kernel.identifiers import TenantId
from services.incidents.domain.trace_examination import TraceExamination
from services.incidents.usecases.examine_trace import ExamineTraces
from services.incidents.workers.claimed_work import ClaimedWork

LOOP = "trace_examiner"
# One computes while the others wait for activity, or for a judge …
PLACES = 4
# … and a tenant with thousands of traces leaves room for the others.
PLACES_OF_ONE = 2


class TraceExaminer(ClaimedWork[TraceExamination, TenantId]):
    """One replica's part of the traces."""

    def __init__(self, *, examine: ExamineTraces, every_seconds: float) -> None:
        super().__init__(
            name=LOOP,
            claim=examine.claim,
            work=examine.examine,
            owner_of=lambda examination: examination.tenant_id,
            places=PLACES,
            places_of_one=PLACES_OF_ONE,
            every_seconds=every_seconds,
        )
