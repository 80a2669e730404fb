"""How an alert is written: text with fields in braces, of which there is a closed set."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

from kernel.errors import InvalidField
from services.incidents.domain.alert import Alert

FIELDS = (
    "id",
    "kind",
    "severity",
    "subject",
    "title",
    "detail",
    "run_id",
    "policy_id",
    "incident_id",
    "time",
    "held_back",
    "tenant_id",
)
DEFAULT_SUBJECT = "[{severity}] {title}"
DEFAULT_BODY = """{title}

{detail}

{kind}, {severity}, at {time}
Subject: {subject}
Run: {run_id}
Policy: {policy_id}
Incident: {incident_id}
Held back since the last alert about it: {held_back}

Alert {id}
"""
# Whatever could end a line: a subject is one line, wherever its words come from.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTemplate:
    """What a destination's messages look like; the plane's own where it is empty."""

    subject: str = ""
    body: str = ""

    def check(self) -> None:
        """Refuse what cannot be filled in.

        Raises:
            InvalidField: a field is unknown, or a brace is left open.
        """
        _check("template.subject", self.subject)
        _check("template.body", self.body)

    def subject_of(self, alert: Alert) -> str:
        """The one line for an alert."""
        filled = _fill(self.subject or DEFAULT_SUBJECT, alert)
        return _BREAKS.sub(" ", filled).strip()[:_LONGEST_SUBJECT]

    def body_of(self, alert: Alert) -> str:
        """The text for an alert."""
        return _fill(self.body or DEFAULT_BODY, alert)


def _check(name: str, text: str) -> None:
    try:
        used = [field for _, field in _parts(text) if field is not None]
    except ValueError as error:
        raise InvalidField.named(name, f"{error}; write two braces for one") from None
    unknown = next((field for field in used if field not in FIELDS), None)
    if unknown is not None:
        known = ", ".join(FIELDS)
        raise InvalidField.named(name, f"there is no field {{{unknown}}}; there are {known}")


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """The pieces of a template; a field with a conversion or format counts as another field."""
    for literal, field, layout, conversion in Formatter().parse(text):
        if field is not None and conversion:
            yield literal, f"{field}!{conversion}"
        elif field is not None and layout:
            yield literal, f"{field}:{layout}"
        else:
            yield literal, field


def _fill(text: str, alert: Alert) -> str:
    values = _values(alert)
    return "".join(
        literal + ("" if field is None else values[field]) for literal, field in _parts(text)
    )


def _values(alert: Alert) -> dict[str, str]:
    own = {name: str(getattr(alert, name)) for name in FIELDS if hasattr(alert, name)}
    return {
        **own,
        "time": alert.occurred_at.isoformat(),
        "held_back": f"{alert.held_back_before:,}",
    }
