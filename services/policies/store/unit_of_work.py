"""One transaction of policies."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from servicekit.audit.intents import system_intent
from services.policies.domain.events import PoliciesEvent
from services.policies.store.admission import PostgresAdmission
from services.policies.store.enforcements import PostgresEnforcements
from services.policies.store.gates import (
    PostgresDecisions,
    PostgresGates,
    PostgresSnapshots,
)
from services.policies.store.governance import PostgresGovernance
from services.policies.store.guardrails import PostgresGuardrails
from services.policies.store.history import PostgresHistory
from services.policies.store.lessons import PostgresLessons
from services.policies.store.overrides import PostgresOverrides
from services.policies.store.policies import PostgresPolicies
from services.policies.store.preventions import PostgresPreventions
from services.policies.store.proposals import PostgresProposals, PostgresReviewSettings
from services.policies.store.rollouts import PostgresRollouts
from services.policies.store.tables import KIT
from services.policies.usecases.people_ports import SystemNotice

Encode = Callable[[PoliciesEvent], unit_of_work.OutgoingEvent]


class PoliciesUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of policies on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.policies = PostgresPolicies(connection)
        self.snapshots = PostgresSnapshots(connection)
        self.gates = PostgresGates(connection)
        self.decisions = PostgresDecisions(connection)
        self.governance = PostgresGovernance(connection)
        self.overrides = PostgresOverrides(connection)
        self.enforcements = PostgresEnforcements(connection)
        self.preventions = PostgresPreventions(connection)
        self.proposals = PostgresProposals(connection)
        self.review_settings = PostgresReviewSettings(connection)
        self.history = PostgresHistory(connection)
        self.lessons = PostgresLessons(connection)
        self.rollouts = PostgresRollouts(connection)
        self.guardrails = PostgresGuardrails(connection)

    async def now(self) -> datetime:
        """The moment by the database's clock, which decisions go by as well."""
        moment: datetime = (
            await self.connection.execute(select(func.clock_timestamp()))
        ).scalar_one()
        return moment

    async def admission(self) -> PostgresAdmission:
        """The same transaction, for what is decided within it."""
        raw = await self.connection.get_raw_connection()
        return PostgresAdmission(raw.driver_connection, self, encode=self._encode)

    def announce(self, event: PoliciesEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))

    def notify(self, notice: SystemNotice) -> None:
        """Let a critical system record leave with this transaction."""
        self.report(
            system_intent(
                component="GOVERNANCE",
                event_type=notice.event_type,
                summary=notice.summary,
                severity="CRITICAL",
                caused_by="HUMAN" if notice.by_person else "SYSTEM",
                tenant_id=notice.tenant_id,
            )
        )
