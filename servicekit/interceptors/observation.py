"""What is told about each call: a span, a duration, a line in the log."""

import time
from types import TracebackType
from typing import Self

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from kernel.errors import ServiceError
from servicekit.calls import Call
from servicekit.interceptors.errors import code_of
from servicekit.telemetry import metrics, tracing
from servicekit.telemetry.logging import get_logger

_log = get_logger("access")
_tracer = trace.get_tracer("aos.rpc")


class Observation:
    """Watches one call from its first stage to its answer."""

    __slots__ = ("_call", "_code", "_reason", "_span", "_token")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._code = "OK"
        self._reason = ""
        self._span: trace.Span | None = None
        self._token: object | None = None

    def __enter__(self) -> Self:
        if tracing.is_exporting():
            parent = tracing.extract(self._call.metadata)
            self._span = _tracer.start_span(
                self._call.method.lstrip("/"), context=parent, kind=SpanKind.SERVER
            )
            self._token = context.attach(trace.set_span_in_context(self._span, parent))
        return self

    def failed(self, error: ServiceError) -> None:
        """Note the error the caller is about to be told."""
        self._code = code_of(error).name
        self._reason = error.reason

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None and self._code == "OK":
            # Only a cancelled call gets here without having been mapped.
            self._code = "CANCELLED"
        seconds = time.monotonic() - self._call.started
        self._end_span()
        attributes = {"rpc.method": self._call.method, "rpc.code": self._code}
        metrics.rpc_duration.record(seconds, attributes)
        self._write_line(seconds)

    def _end_span(self) -> None:
        if self._span is None:
            return
        if self._code != "OK":
            self._span.set_status(Status(StatusCode.ERROR, self._reason or self._code))
        self._span.set_attribute("rpc.grpc.status_code", self._code)
        self._span.end()
        if self._token is not None:
            context.detach(self._token)  # type: ignore[arg-type]

    def _write_line(self, seconds: float) -> None:
        # A line for each good call would cost more than many of the calls; metrics count those.
        if self._code == "OK":
            return
        principal = self._call.principal
        _log.info(
            "call",
            method=self._call.method.lstrip("/"),
            code=self._code,
            reason=self._reason or None,
            milliseconds=round(seconds * 1000, 2),
            caller=self._call.caller,
            tenant=principal.tenant_id if principal else None,
            actor=principal.actor_id if principal else None,
        )
