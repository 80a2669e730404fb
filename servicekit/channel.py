"""Outgoing calls: caller identity, deadline budgets, safe retries, typed errors back.

A call made while serving another one gets what is left of that one's deadline, less a reserve, so
that a callee that times out leaves us the time to say so ourselves.
"""

import ipaddress
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio

from kernel import errors
from kernel.errors import DeadlineTooShort, FieldViolation, ServiceError
from servicekit import calls
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.config import ConfigError
from servicekit.interceptors.checks import MINIMUM_SECONDS
from servicekit.interceptors.errors import DETAILS_KEY
from servicekit.telemetry import tracing
from servicekit.tls.certificates import Certificates, CertificateWatch
from servicekit.tls.credentials import channel_credentials
from servicekit.tls.renewing_channel import RenewingChannel

DEFAULT_SECONDS = 5.0
RETURN_RESERVE_SECONDS = 0.02
_OPTIONS = [
    ("grpc.lb_policy_name", "round_robin"),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A callee that comes back after an outage is found within a second, not within two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.enable_retries", 1),
]


def open_channel(
    address: str,
    *,
    audience: str,
    signer: ServiceTokenSigner,
    services: Iterable[ServiceDescriptor],
    certificates: CertificateWatch | None = None,
) -> aio.Channel:
    """Open a channel to another service, encrypted if there are certificates.

    Methods that declare themselves idempotent are retried on UNAVAILABLE, and no others. Whatever
    the address, the other side's certificate must name the audience.
    """
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [_retries(services)],
    }
    options = [*_OPTIONS, ("grpc.service_config", json.dumps(config))]
    target = target_of(address)
    interceptors = [OutgoingCalls(audience=audience, signer=signer)]
    if certificates is None:
        return aio.insecure_channel(target, options=options, interceptors=interceptors)
    options.append(("grpc.ssl_target_name_override", audience))

    def open_with(current: Certificates) -> aio.Channel:
        credentials = channel_credentials(current)
        return aio.secure_channel(target, credentials, options=options, interceptors=interceptors)

    return RenewingChannel(watch=certificates, open_with=open_with)


def target_of(address: str) -> str:
    """The address in gRPC's form: one name, which stands for all its addresses, or replicas.

    Raises:
        ConfigError: replicas are not given by IP addresses, which gRPC would only show at calls.
    """
    if "://" in address:
        return address
    replicas = address.split("+")
    if len(replicas) == 1:
        return f"dns:///{address}"
    try:
        (version,) = {
            ipaddress.ip_address(one.rpartition(":")[0].strip("[]")).version for one in replicas
        }
    except ValueError:
        raise ConfigError(
            f"AOS_PEERS names several replicas in {address!r}: give each as IP address and port, "
            "all of one kind, or one name that stands for all of them."
        ) from None
    return f"ipv{version}:{','.join(replicas)}"


def _retries(services: Iterable[ServiceDescriptor]) -> dict[str, Any]:
    # By name, since several clients on one channel may ask the same contract.
    named = {service.full_name: service for service in services}
    safe = [
        {"service": service.full_name, "method": method.name}
        for service in named.values()
        for method in service.methods
        if _is_idempotent(method)
    ]
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return {"name": safe, "retryPolicy": policy}


def _is_idempotent(method: MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN


class OutgoingCalls(aio.UnaryUnaryClientInterceptor):
    """Completes each call with who calls, for which tenant, and until when."""

    def __init__(self, *, audience: str, signer: ServiceTokenSigner) -> None:
        self._audience = audience
        self._signer = signer

    async def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        """Send the call on with a deadline and our identity."""
        metadata = aio.Metadata(*(client_call_details.metadata or ()))
        serving = calls.current()
        tenant = serving.principal.tenant_id if serving and serving.principal else ""
        if metadata.get(METADATA_KEY) is None:
            metadata[METADATA_KEY] = self._signer.token(audience=self._audience, tenant_id=tenant)
        for name, value in tracing.inject().items():
            metadata[name] = value
        details = aio.ClientCallDetails(
            method=client_call_details.method,
            timeout=seconds_to_give(client_call_details.timeout),
            metadata=metadata,
            credentials=client_call_details.credentials,
            wait_for_ready=client_call_details.wait_for_ready,
        )
        return await continuation(details, request)


def seconds_to_give(wanted: float | None) -> float:
    """How long a call may take: what was asked for, within what our own caller leaves us."""
    serving = calls.current()
    remaining = serving.remaining() if serving else None
    asked = DEFAULT_SECONDS if wanted is None else wanted
    if remaining is None:
        return asked
    budget = remaining - RETURN_RESERVE_SECONDS
    if budget < MINIMUM_SECONDS:
        raise DeadlineTooShort("The deadline is over before another service could be asked.")
    return min(asked, budget)


def error_from(call: aio.AioRpcError) -> ServiceError:
    """Rebuild the error that the other side raised, with its reason, as one of ours."""
    status = status_pb2.Status()
    for name, value in call.trailing_metadata() or ():
        if name == DETAILS_KEY:
            status.ParseFromString(value)
    info, fields = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(fields)
    kind = _kind(info.reason, call.code())
    return kind(
        status.message or call.details() or "The other service did not answer.",
        metadata=dict(info.metadata),
        violations=[
            FieldViolation(field=item.field, description=item.description)
            for item in fields.field_violations
        ],
    )


_BRANCHES: dict[StatusCode, type[ServiceError]] = {
    StatusCode.INVALID_ARGUMENT: errors.InvalidRequest,
    StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    StatusCode.PERMISSION_DENIED: errors.Forbidden,
    StatusCode.NOT_FOUND: errors.NotFound,
    StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    StatusCode.ABORTED: errors.Conflict,
    StatusCode.FAILED_PRECONDITION: errors.FailedPrecondition,
    StatusCode.RESOURCE_EXHAUSTED: errors.Exhausted,
    StatusCode.DEADLINE_EXCEEDED: errors.DeadlineTooShort,
    StatusCode.UNAVAILABLE: errors.Unavailable,
}


def _kind(reason: str, code: StatusCode) -> type[ServiceError]:
    """The class with this reason, or one made for it under the branch of the status code."""
    branch = _BRANCHES.get(code, errors.InternalError)
    known = [kind for kind in _descendants(branch) if kind.reason == reason]
    if known or not reason:
        return known[0] if known else branch
    return type(branch.__name__, (branch,), {"reason": reason})


def _descendants(kind: type[ServiceError]) -> Sequence[type[ServiceError]]:
    below = [leaf for child in kind.__subclasses__() for leaf in _descendants(child)]
    return [kind, *below]
