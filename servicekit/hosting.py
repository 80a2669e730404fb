"""Puts the parts of a service together with the kit's own, starts and stops them in order."""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import insert

from aos.accounts.v1 import token_service_pb2
from aos.logs.v1 import ledger_service_pb2, run_log_service_pb2, system_record_service_pb2
from aos.options.v1 import access_pb2
from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from kernel.errors import ServiceError
from kernel.identifiers import PLANE_TENANT
from servicekit.audit.courier import Courier
from servicekit.audit.intents import system_intent
from servicekit.auth.access import rules_of
from servicekit.auth.callers import CallerList
from servicekit.auth.keys import read_public_keys
from servicekit.auth.service_tokens import ServiceTokenVerifier
from servicekit.auth.tokens import TokenVerifier
from servicekit.auth.trust_feed import TrustFeed
from servicekit.background import Background
from servicekit.config import ConfigError
from servicekit.foundation import Foundation
from servicekit.guard.boot_guard import GuardCheck
from servicekit.guard.database_checks import DatabaseChecks
from servicekit.guard.event_checks import CANARY, EventChecks
from servicekit.heartbeat import Heartbeat
from servicekit.housekeeping import kit_jobs
from servicekit.inbox.consumer import EventConsumer
from servicekit.interceptors.chain import Chain
from servicekit.interceptors.checks import (
    Authenticate,
    RequireDeadline,
    RequireListedCaller,
    RequirePermission,
    RequireSoundSpine,
)
from servicekit.jobs import JobRunner
from servicekit.migrations.expectation import expected_revision
from servicekit.outbox.receipts import ReceiptListener
from servicekit.outbox.relay import Relay
from servicekit.outbox.wakeup import Wakeup
from servicekit.parts import ServiceParts
from servicekit.server import MAXIMUM_MESSAGE_BYTES, GrpcServer, Registration
from servicekit.status import StatusService
from servicekit.telemetry.logging import get_logger
from servicekit.version import VERSION

_log = get_logger("host")
_LOGS_CONTRACTS = [
    *ledger_service_pb2.DESCRIPTOR.services_by_name.values(),
    *system_record_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_log_service_pb2.DESCRIPTOR.services_by_name.values(),
]
# Longer than accounts needs to come up beside us; then we serve anyway and refuse what needs trust.
_TRUST_WAIT_SECONDS = 10.0
_BUS_WAIT_SECONDS = 3.0


async def _ignore_canary(_event: Any, _unit_of_work: Any) -> None:
    """The canary has done its work by arriving; its inbox row and receipt are the proof."""


class Host:
    """One running service."""

    def __init__(
        self, *, foundation: Foundation, parts: ServiceParts, background: Background
    ) -> None:
        self._foundation = foundation
        self._parts = parts
        self.background = background
        self._tables = parts.units_of_work.tables
        self._service = foundation.settings.service
        self.consumers = self._make_consumers()
        self._wakeup = Wakeup(
            url=foundation.settings.database_url.value, channel=f"{self._service}_outbox"
        )
        self.relay = self._make_relay()
        self._logs_channel = foundation.channel("logs", _LOGS_CONTRACTS)
        self.courier = Courier(
            database=foundation.database,
            tables=self._tables,
            channel=self._logs_channel,
            gate=foundation.audit,
            hint=self._wakeup.hint(),
        )
        self.receipts = ReceiptListener(
            service=self._service,
            database=foundation.database,
            tables=self._tables,
            bus=foundation.bus,
        )
        self.jobs = JobRunner(
            service=self._service,
            database=foundation.database,
            tables=self._tables,
            jobs=[*kit_jobs(foundation.database, self._tables), *parts.jobs],
        )
        channel = foundation.channel(
            "accounts", token_service_pb2.DESCRIPTOR.services_by_name.values()
        )
        self._accounts_channel = channel
        self._trust_feed = TrustFeed(channel=channel, trust=foundation.trust)
        self.server = self._make_server()
        self._watch()

    async def start(self) -> None:
        """Listen, start the loops, and say SERVING when requests can be answered."""
        await self.server.start()
        self._foundation.bus.start()
        loops = {
            "wakeup": self._wakeup.run,
            "relay": self.relay.run,
            "receipts": self.receipts.run,
            "courier": self.courier.run,
            "jobs": self.jobs.run,
            "trust": self._trust_feed.run,
            "guard": self._guard,
            **{consumer.declaration.name: consumer.run for consumer in self.consumers},
            **self._parts.loops,
        }
        # The trust feed of accounts asks accounts, which therefore answers before it calls itself
        # serving; open and tenantless methods need no trust.
        for name, loop in loops.items():
            self.background.start(name, loop)
        try:
            await asyncio.wait_for(self._trust_feed.loaded.wait(), _TRUST_WAIT_SECONDS)
        except TimeoutError:
            _log.warning("accounts does not answer; calls with tokens are refused until it does")
        await self._record("STARTUP", f"{self._service} {VERSION} serves.")
        await self.server.set_serving(serving=True)
        _log.info("serving", port=self.server.port, version=VERSION)

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, let go of everything."""
        _log.info("stopping")
        settings = self._foundation.settings
        await self.server.stop(
            notice_seconds=settings.notice_seconds, drain_seconds=settings.drain_seconds
        )
        await self._record("SHUTDOWN", f"{self._service} {VERSION} stops.")
        if self._parts.on_stop is not None:
            await self._parts.on_stop()
        await self.background.stop()
        await self._accounts_channel.close()
        await self._logs_channel.close()
        await self._foundation.bus.close()
        await self._foundation.database.close()

    async def _guard(self) -> None:
        # The first verdict would otherwise only say that we are still starting.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._foundation.bus.reconciled.wait(), _BUS_WAIT_SECONDS)
        await self._foundation.guard.run()

    def _make_consumers(self) -> list[EventConsumer[Any]]:
        handlers = {f"{self._service}-{CANARY}": _ignore_canary, **self._parts.handlers}
        declared = self._foundation.bus.topology.consumers_of(self._service)
        if {consumer.name for consumer in declared} != handlers.keys():
            raise ConfigError(
                f"The topology declares {sorted(consumer.name for consumer in declared)} for "
                f"{self._service}, which handles {sorted(handlers)}."
            )
        return [
            EventConsumer(
                declaration=consumer,
                handler=handlers[consumer.name],
                units_of_work=self._parts.units_of_work,
                bus=self._foundation.bus,
            )
            for consumer in declared
        ]

    def _make_relay(self) -> Relay:
        return Relay(
            service=self._service,
            database=self._foundation.database,
            tables=self._tables,
            bus=self._foundation.bus,
            hint=self._wakeup.hint(),
        )

    def _make_server(self) -> GrpcServer:
        settings, guard = self._foundation.settings, self._foundation.guard
        registrations = [*self._parts.registrations, self._status_registration()]
        foreign: dict[str, access_pb2.Access] = {}
        for entry in registrations:
            foreign |= entry.foreign_rules()
        chain = Chain(
            rules=rules_of([entry.descriptor for entry in registrations], foreign),
            checks=[
                RequireDeadline(),
                self._authenticate(),
                RequireListedCaller(CallerList.read(settings.callers_file, service=self._service)),
                RequirePermission(),
                RequireSoundSpine(guard),
            ],
            maximum_message_bytes=MAXIMUM_MESSAGE_BYTES,
            larger={
                path: entry.maximum_message_bytes
                for entry in registrations
                for path in entry.paths()
            },
            foreign=foreign.keys(),
        )
        return GrpcServer(
            listen=settings.listen,
            edge_listen=settings.edge_listen,
            health_listen=settings.health_listen,
            certificates=self._foundation.certificates,
            registrations=registrations,
            chain=chain,
            reflect=not settings.is_production,
        )

    def _authenticate(self) -> Authenticate:
        clock, settings = self._foundation.clock, self._foundation.settings
        return Authenticate(
            tokens=TokenVerifier(trust=self._foundation.trust, clock=clock),
            services=ServiceTokenVerifier(
                audience=self._service,
                identities=read_public_keys(settings.identities_file),
                clock=clock,
            ),
            encrypted=self._foundation.certificates is not None,
        )

    def _status_registration(self) -> Registration:
        return Registration(
            descriptor=status_service_pb2.DESCRIPTOR.services_by_name["StatusService"],
            add_to_server=status_service_pb2_grpc.add_StatusServiceServicer_to_server,
            servicer=StatusService(
                service=self._service,
                version=VERSION,
                started=self._foundation.clock.now(),
                guard=self._foundation.guard,
                database=self._foundation.database,
                tables=self._tables,
            ),
        )

    def _watch(self) -> None:
        """Tell the boot guard what it has to prove."""
        foundation = self._foundation
        heartbeats: dict[str, Heartbeat] = {
            "relay": self.relay.heartbeat,
            "receipts": self.receipts.heartbeat,
            "courier": self.courier.heartbeat,
            **{consumer.declaration.name: consumer.heartbeat for consumer in self.consumers},
        }
        database_checks = DatabaseChecks(
            database=foundation.database,
            tables=self._tables,
            clock=foundation.clock,
            expected_revision=expected_revision(self._service),
        )
        event_checks = EventChecks(
            service=self._service,
            database=foundation.database,
            tables=self._tables,
            bus=foundation.bus,
            heartbeats=heartbeats,
        )
        foundation.guard.watch(
            [
                *database_checks.all(),
                *event_checks.all(),
                GuardCheck(name="audit", prove=self._prove_audit),
                *self._parts.checks,
            ],
            on_verdict=self._tell_runs,
        )

    async def _prove_audit(self) -> str | None:
        return self._foundation.audit.problem()

    async def _record(self, event_type: str, summary: str) -> None:
        """Leave a system record, if the database can be reached; the log has the rest."""
        intent = system_intent(component="API", event_type=event_type, summary=summary)
        try:
            async with self._foundation.database.transaction(PLANE_TENANT) as connection:
                await connection.execute(insert(self._tables.log_intents), intent.row())
                await connection.commit()
        except ServiceError as error:
            _log.warning("no system record was left", record=event_type, error=error.message)

    async def _tell_runs(self, accepted: bool) -> None:  # noqa: FBT001 - a verdict is one flag
        await self.server.set_runs(accepted=accepted)
