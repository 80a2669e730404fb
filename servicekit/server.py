"""The gRPC server of a service: limits, health, reflection, drain."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from aos.options.v1 import access_pb2
from servicekit.health_port import HealthPort, bound
from servicekit.interceptors.chain import Chain
from servicekit.interceptors.handlers import Handlers
from servicekit.tls.certificates import CertificateWatch
from servicekit.tls.credentials import server_credentials

MAXIMUM_MESSAGE_BYTES = 1024 * 1024
# The transport's own limit is wider than ours: what lies between gets an answer with a reason.
_TRANSPORT_FACTOR = 8
# Whether this service, as far as it knows, lets runs begin (INV-004).
RUNS_HEALTH_NAME = "runs"

_OPTIONS = [
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.max_concurrent_streams", 1024),
    ("grpc.max_connection_age_ms", 30 * 60 * 1000),
    ("grpc.max_connection_age_grace_ms", 60 * 1000),
    ("grpc.max_connection_idle_ms", 15 * 60 * 1000),
    # Our own clients ping every 30 s; the default would count that as an attack.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.so_reuseport", 0),
]
_CONCURRENT_CALLS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One servicer, and the contract it serves."""

    descriptor: ServiceDescriptor
    add_to_server: Any
    servicer: Any
    # Rules for a contract that is not ours and cannot declare them, by the name of the method.
    # Its messages carry no rules of ours either, so its servicer looks at them itself.
    foreign: Mapping[str, access_pb2.Access] = field(default_factory=dict)
    maximum_message_bytes: int = MAXIMUM_MESSAGE_BYTES

    def paths(self) -> list[str]:
        """The methods, by their names on the wire."""
        return [f"/{self.descriptor.full_name}/{method.name}" for method in self.descriptor.methods]

    def foreign_rules(self) -> dict[str, access_pb2.Access]:
        """The rules that the contract does not declare, by full method name."""
        return {f"/{self.descriptor.full_name}/{name}": rule for name, rule in self.foreign.items()}


def registration(messages: Any, servicer: Any, **more: Any) -> Registration:
    """Register whoever serves the one service of a contract, given its generated messages."""
    (descriptor,) = messages.DESCRIPTOR.services_by_name.values()
    stubs = import_module(f"{messages.__name__}_grpc")
    return Registration(
        descriptor=descriptor,
        add_to_server=getattr(stubs, f"add_{descriptor.name}Servicer_to_server"),
        servicer=servicer,
        **more,
    )


class GrpcServer:
    """Serves the registered contracts until stopped, at one port or with others beside it.

    With certificates, who calls at the first port must show one. At the edge nobody does, which is
    for people and agents; service tokens are worth nothing there.
    """

    def __init__(
        self,
        *,
        listen: str,
        registrations: Sequence[Registration],
        chain: Chain,
        reflect: bool,
        certificates: CertificateWatch | None = None,
        edge_listen: str = "",
        health_listen: str = "",
    ) -> None:
        self._listen = listen
        self._certificates = certificates
        self._edge_listen = edge_listen
        largest = max(entry.maximum_message_bytes for entry in registrations)
        limit = largest + MAXIMUM_MESSAGE_BYTES * (_TRANSPORT_FACTOR - 1)
        handlers = Handlers(chain)
        self._server = aio.server(
            handlers=[handlers],
            options=[*_OPTIONS, ("grpc.max_receive_message_length", limit)],
            maximum_concurrent_rpcs=_CONCURRENT_CALLS,
        )
        self._names = [entry.descriptor.full_name for entry in registrations]
        for entry in registrations:
            entry.add_to_server(entry.servicer, handlers)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, handlers)
        if reflect:
            names = [*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME]
            reflection_pb2_grpc.add_ServerReflectionServicer_to_server(
                reflection.aio.ReflectionServicer(names), handlers
            )
        self._health_port = HealthPort(listen=health_listen, health=self._health)
        self.port = 0
        self.edge_port = 0

    @property
    def health_port(self) -> int:
        """Where health checks are answered in plain text; 0 if nowhere."""
        return self._health_port.port

    async def start(self) -> None:
        """Listen, not serving yet.

        Raises:
            ConfigError: an address is taken or not ours.
        """
        self.port = self._listen_to_services()
        if self._edge_listen and self._certificates is not None:
            credentials = server_credentials(self._certificates, of_both_sides=False)
            self.edge_port = bound(
                lambda: self._server.add_secure_port(self._edge_listen, credentials),
                address=self._edge_listen,
                variable="AOS_EDGE_LISTEN",
            )
        await self.set_serving(serving=False)
        await self.set_runs(accepted=False)
        await self._health_port.start()
        await self._server.start()

    def _listen_to_services(self) -> int:
        if self._certificates is None:
            return bound(
                lambda: self._server.add_insecure_port(self._listen),
                address=self._listen,
                variable="AOS_LISTEN",
            )
        credentials = server_credentials(self._certificates, of_both_sides=True)
        return bound(
            lambda: self._server.add_secure_port(self._listen, credentials),
            address=self._listen,
            variable="AOS_LISTEN",
        )

    async def set_serving(self, *, serving: bool) -> None:
        """Tell health checks whether the service answers."""
        for name in ("", *self._names):
            await self._health.set(name, _health(serving))

    async def set_runs(self, *, accepted: bool) -> None:
        """Tell health checks whether runs may begin."""
        await self._health.set(RUNS_HEALTH_NAME, _health(accepted))

    async def stop(self, *, notice_seconds: float, drain_seconds: float) -> None:
        """Stop serving: say so, take calls for a little longer, then finish those under way.

        Without the notice, calls that have arrived but were not handed to us yet would be cut off.
        """
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(notice_seconds if self.port else 0)
        await self._server.stop(drain_seconds)
        await self._health_port.stop()


def _health(good: bool) -> Any:  # noqa: FBT001 - a private translation of one flag
    status = health_pb2.HealthCheckResponse
    return status.SERVING if good else status.NOT_SERVING
