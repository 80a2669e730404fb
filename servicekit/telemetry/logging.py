"""Logs: JSON for machines, readable on a terminal, secrets hidden by type and by name."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from opentelemetry import trace

from servicekit.config import Secret
from servicekit.telemetry.lean_structlog import structlog

# Names that hold secrets wherever they come from; values of type Secret hide themselves anyway.
_SECRET_NAMES = frozenset(
    {"api_key", "authorization", "password", "secret", "token", "x-aos-service"}
)

Event = MutableMapping[str, Any]


def configure(*, service: str, log_format: str, level: str) -> None:
    """Set up logging for this process, once."""
    numeric = getattr(logging, level.upper(), logging.INFO)
    renderer: Any = structlog.processors.JSONRenderer()
    if log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            hide_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries log through the standard module; only what is worth a line reaches ours.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # The client reports each lost connection by itself; our own connection log says it once.
    logging.getLogger("nats").setLevel(logging.CRITICAL)


def get_logger(name: str) -> Any:
    """A logger that names the part of the kit or service it speaks for."""
    return structlog.get_logger(part=name)


def hide_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Replace what must not be read in a log."""
    for name, value in event.items():
        if isinstance(value, Secret) or name.lower() in _SECRET_NAMES:
            event[name] = "********"
    return event


def _add_trace(_logger: Any, _method: str, event: Event) -> Event:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = format(span.trace_id, "032x")
        event["span_id"] = format(span.span_id, "016x")
    return event
