"""An alert as it is sent: the body of a webhook, the lines of an e-mail."""

import json
from dataclasses import dataclass

from services.incidents.domain.alert import Alert
from services.incidents.domain.alert_template import AlertTemplate
from services.incidents.domain.delivery import Delivery

_TYPE = "alert.raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail."""

    # The same with every try, so that a mailbox can see that it is the same one.
    message_id: str
    recipients: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A webhook."""

    url: str
    allowed_networks: tuple[str, ...]
    headers: dict[str, str]
    body: bytes


def letter_of(
    delivery: Delivery, alert: Alert, template: AlertTemplate, recipients: tuple[str, ...]
) -> Letter:
    """Write an e-mail."""
    return Letter(
        message_id=delivery.id,
        recipients=recipients,
        subject=template.subject_of(alert),
        body=template.body_of(alert),
    )


def payload_of(alert: Alert, template: AlertTemplate) -> bytes:
    """Write the body of a webhook."""
    data = {
        "id": alert.id,
        "tenant_id": alert.tenant_id,
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "subject": alert.subject,
        "title": alert.title,
        "detail": alert.detail,
        "run_id": alert.run_id,
        "policy_id": alert.policy_id,
        "incident_id": alert.incident_id,
        "project_id": alert.project_id,
        "occurred_at": alert.occurred_at.isoformat(),
        "held_back_before": alert.held_back_before,
        "lines": [
            {"kind": line.kind.value, "severity": line.severity.value, "count": line.count}
            for line in alert.lines
        ],
        "synthetic_scenario_id": alert.synthetic_scenario_id,
        "headline": template.subject_of(alert),
        "text": template.body_of(alert),
    }
    message = {"type": _TYPE, "timestamp": alert.created_at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
