"""Which names the figures of the services have in Prometheus, and which names queries use."""

import re
from typing import Any

from servicekit.telemetry import metrics

_UNITS = {"s": "_seconds", "1": "_ratio"}
_ENDINGS = {"Histogram": ("_bucket", "_sum", "_count"), "Counter": ("_total",), "Gauge": ("",)}
_NAME = re.compile(r"\b((?:aos|rpc)_\w+)\b(?!\s*[=!]~?)")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"([^\"]*)\"")
_GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


def exported_names() -> set[str]:
    """What the collector's exporter makes of the instruments of the kit."""
    found: set[str] = set()
    for instrument in vars(metrics).values():
        kind = type(instrument).__name__.removeprefix("_Proxy").removeprefix("_")
        if kind in _ENDINGS:
            found |= {f"{_stem(instrument)}{ending}" for ending in _ENDINGS[kind]}
    return found


def _stem(instrument: Any) -> str:
    return f"{instrument._name.replace('.', '_')}{_UNITS.get(instrument._unit, '')}"  # noqa: SLF001


def used_names(query: str) -> set[str]:
    """The figures that a query is about."""
    without = re.sub(r"\{[^}]*\}", "", _GROUPED.sub("", query))
    return set(_NAME.findall(without))


def used_labels(query: str) -> set[str]:
    """The labels that a query filters or groups by."""
    grouped = {name.strip() for group in _GROUPED.findall(query) for name in group.split(",")}
    return grouped | {name for name, _ in _LABEL.findall(query)}


def used_values(query: str) -> set[tuple[str, str]]:
    """The labels that a query filters by, with the values that it knows."""
    return {(name, value) for name, value in _LABEL.findall(query) if value.isprintable()}
