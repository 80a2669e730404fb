"""Destinations: where alerts go, which ones, and how they are written."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kernel.identifiers import DestinationId, TenantId
from services.incidents.domain.alert import Alert, AlertChannel, AlertKind
from services.incidents.domain.alert_fatigue import HeldBackGroup
from services.incidents.domain.alert_template import AlertTemplate
from services.incidents.domain.errors import IllegalDestinationStep
from services.incidents.domain.kinds import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """A receiver of webhooks."""

    url: str
    # Networks that are not public and may be reached all the same.
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTarget:
    """Readers of e-mail."""

    recipients: tuple[str, ...]


Target = WebhookTarget | EmailTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Which alerts go to a destination."""

    # Any, if empty.
    kinds: tuple[AlertKind, ...] = ()
    minimum_severity: Severity = Severity.LOW

    def wants(self, kind: AlertKind, severity: Severity) -> bool:
        """Whether alerts like this go there."""
        return severity.rank >= self.minimum_severity.rank and (
            not self.kinds or kind in self.kinds
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where alerts go."""

    id: DestinationId
    tenant_id: TenantId
    name: str
    target: Target
    routing: Routing
    template: AlertTemplate
    created_at: datetime
    updated_at: datetime
    disabled: bool = False
    deleted: bool = False
    # How often its secret was made; webhooks have one from the beginning, e-mail never.
    secret_version: int = 0
    # Until when messages are signed with the secret before as well.
    previous_secret_until: datetime | None = None
    revision: int = 1

    @property
    def channel(self) -> AlertChannel:
        """How people are told there."""
        return AlertChannel.WEBHOOK if self.is_webhook else AlertChannel.EMAIL

    @property
    def is_webhook(self) -> bool:
        """Whether it has a secret."""
        return isinstance(self.target, WebhookTarget)

    @property
    def is_open(self) -> bool:
        """Whether anything goes there at all."""
        return not (self.disabled or self.deleted)

    def wants(self, alert: Alert) -> bool:
        """Whether an alert goes there."""
        return self._takes(alert.channels) and self.routing.wants(alert.kind, alert.severity)

    def wants_digest_of(self, groups: tuple[HeldBackGroup, ...]) -> bool:
        """Whether any of what a storm held back would have gone there."""
        return any(
            self._takes(group.channels) and self.routing.wants(group.kind, group.severity)
            for group in groups
        )

    def _takes(self, channels: tuple[AlertChannel, ...]) -> bool:
        return self.is_open and (not channels or self.channel in channels)

    def updated(
        self,
        *,
        name: str,
        target: Target,
        routing: Routing,
        template: AlertTemplate,
        disabled: bool,
        at: datetime,
    ) -> "Destination":
        """With everything about it said anew.

        Raises:
            IllegalDestinationStep: a webhook would become e-mail, or the other way round.
        """
        if type(target) is not type(self.target):
            raise IllegalDestinationStep.of(self.id, self.channel, "become something else")
        changed = replace(self, name=name, target=target, routing=routing, template=template)
        return replace(changed, disabled=disabled, updated_at=at, revision=self.revision + 1)

    def removed(self, *, at: datetime) -> "Destination":
        """Gone; what was delivered there still names it."""
        gone = replace(self, deleted=True, previous_secret_until=None)
        return replace(gone, updated_at=at, revision=self.revision + 1)

    def rotated(self, *, overlap: timedelta, at: datetime) -> "Destination":
        """With another secret; the one before counts beside it for a while.

        Raises:
            IllegalDestinationStep: it has no secret.
        """
        if not self.is_webhook:
            raise IllegalDestinationStep.of(self.id, self.channel, "have a secret")
        return replace(
            self,
            secret_version=self.secret_version + 1,
            previous_secret_until=at + overlap if overlap else None,
            updated_at=at,
            revision=self.revision + 1,
        )
