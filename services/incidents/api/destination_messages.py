"""Destinations as messages; what is secret is in none of them."""

from typing import Any

from aos.incidents.v1 import destination_pb2
from kernel.identifiers import DestinationId
from kernel.principal import Principal
from services.incidents.api.alert_messages import kind_number, kind_of
from services.incidents.api.incident_messages import number_of, word_of
from services.incidents.domain.alert_template import AlertTemplate
from services.incidents.domain.destination import (
    Destination,
    EmailTarget,
    Routing,
    Target,
    WebhookTarget,
)
from services.incidents.domain.kinds import Severity
from services.incidents.usecases.keep_destinations import Description, Step


def to_description(request: Any) -> Description:
    """Read what somebody wants a destination to be."""
    return Description(
        name=request.name,
        target=_to_target(request),
        routing=Routing(
            kinds=tuple(kind_of(kind) for kind in request.routing.kinds),
            minimum_severity=word_of(Severity, request.routing.minimum_severity) or Severity.LOW,
        ),
        template=AlertTemplate(subject=request.template.subject, body=request.template.body),
        disabled=getattr(request, "disabled", False),
    )


def _to_target(request: Any) -> Target:
    if request.WhichOneof("target") == "email":
        return EmailTarget(recipients=tuple(request.email.recipients))
    return WebhookTarget(
        url=request.webhook.url, allowed_networks=tuple(request.webhook.allowed_networks)
    )


def to_step(request: Any, principal: Principal) -> Step:
    """Read what somebody wants to do with a destination."""
    has_etag = "etag" in request.DESCRIPTOR.fields_by_name
    return Step(
        principal=principal,
        destination_id=DestinationId(request.destination_id),
        etag=request.etag if has_etag else None,
    )


def from_destination(destination: Destination) -> destination_pb2.Destination:
    """Write a destination."""
    routing, template = destination.routing, destination.template
    message = destination_pb2.Destination(
        id=destination.id,
        tenant_id=destination.tenant_id,
        name=destination.name,
        routing=destination_pb2.Routing(
            kinds=[kind_number(kind) for kind in routing.kinds],
            minimum_severity=number_of(routing.minimum_severity),
        ),
        template=destination_pb2.AlertTemplate(subject=template.subject, body=template.body),
        disabled=destination.disabled,
        secret_version=destination.secret_version,
        etag=str(destination.revision),
    )
    _add_target(message, destination.target)
    if destination.previous_secret_until is not None:
        message.previous_secret_expire_time.FromDatetime(destination.previous_secret_until)
    message.create_time.FromDatetime(destination.created_at)
    message.update_time.FromDatetime(destination.updated_at)
    return message


def _add_target(message: destination_pb2.Destination, target: Target) -> None:
    if isinstance(target, EmailTarget):
        message.email.recipients.extend(target.recipients)
        return
    message.webhook.url = target.url
    message.webhook.allowed_networks.extend(target.allowed_networks)
