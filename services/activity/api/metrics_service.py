"""Serves aos.activity.v1.MetricsService."""

from datetime import UTC
from typing import Any

from aos.activity.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from servicekit import calls
from servicekit.unit_of_work import UnitsOfWork
from services.activity.usecases.ports import Grouping, MetricsQuery, RunFigures, UnitOfWork
from services.activity.usecases.read_metrics import read_metrics

_GROUPING_OF = {
    metrics_service_pb2.METRICS_GROUPING_UNSPECIFIED: Grouping.NONE,
    metrics_service_pb2.METRICS_GROUPING_AGENT: Grouping.AGENT,
    metrics_service_pb2.METRICS_GROUPING_PROJECT: Grouping.PROJECT,
    metrics_service_pb2.METRICS_GROUPING_HOUR: Grouping.HOUR,
    metrics_service_pb2.METRICS_GROUPING_MODEL: Grouping.MODEL,
}


class MetricsService(metrics_service_pb2_grpc.MetricsServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, units_of_work: UnitsOfWork[UnitOfWork]) -> None:
        self._units_of_work = units_of_work

    async def GetRunMetrics(self, request: Any, _context: Any) -> Any:
        """Return figures about runs by group."""
        principal = calls.principal()
        query = MetricsQuery(
            created_from=request.from_time.ToDatetime(tzinfo=UTC),
            created_before=request.before_time.ToDatetime(tzinfo=UTC),
            grouping=_GROUPING_OF[request.grouping],
            include_synthetic=request.include_synthetic,
            tenant_id=principal.tenant_id,
        )
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            figures = await read_metrics(query, principal=principal, unit_of_work=unit_of_work)
        return metrics_service_pb2.GetRunMetricsResponse(
            metrics=[_message_of(entry) for entry in figures]
        )


def _message_of(figures: RunFigures) -> metrics_service_pb2.RunMetrics:
    half, most, nearly_all = figures.durations_ms
    return metrics_service_pb2.RunMetrics(
        group=figures.group,
        runs=figures.runs,
        succeeded=figures.succeeded,
        failed=figures.failed,
        failed_policy=figures.failed_policy,
        cancelled=figures.cancelled,
        input_tokens=figures.input_tokens,
        output_tokens=figures.output_tokens,
        cost_micro_usd=figures.cost_micro_usd,
        duration_p50_ms=half,
        duration_p95_ms=most,
        duration_p99_ms=nearly_all,
    )
