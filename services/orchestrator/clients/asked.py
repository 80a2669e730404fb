"""Services without which no run is to begin, and what is asked of each."""

from collections.abc import Callable, Iterable

from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from servicekit.auth.service_tokens import ServiceTokenSigner
from services.orchestrator.clients import (
    activity_desk,
    audit_desk,
    evidence_desk,
    foresight,
    incidents_desk,
    key_exchange,
    logs_desk,
    plane_status,
    policies_desk,
    run_board,
    run_census,
    run_phases,
    start_desk,
    step_desk,
)
from services.orchestrator.clients.peer import Peer

ASKED: dict[str, list[Iterable[ServiceDescriptor]]] = {
    "accounts": [start_desk.ACCOUNTS, key_exchange.CONTRACTS, audit_desk.ACCOUNTS],
    "activity": [
        start_desk.ACTIVITY,
        activity_desk.CONTRACTS,
        evidence_desk.ACTIVITY,
        run_board.ACTIVITY,
        run_census.CONTRACTS,
        run_phases.CONTRACTS,
        step_desk.ACTIVITY,
    ],
    "policies": [
        start_desk.POLICIES,
        policies_desk.CONTRACTS,
        foresight.POLICIES,
        evidence_desk.POLICIES,
        run_board.POLICIES,
        step_desk.POLICIES,
    ],
    "incidents": [incidents_desk.CONTRACTS, evidence_desk.INCIDENTS],
    "logs": [logs_desk.CONTRACTS, evidence_desk.LOGS],
}


def open_peers(
    channel: Callable[[str, Iterable[ServiceDescriptor]], aio.Channel], signer: ServiceTokenSigner
) -> dict[str, Peer]:
    """Open one channel to each of them; whether it stands behind runs is asked of every one."""
    return {
        name: Peer(
            name=name,
            channel=channel(
                name, [*plane_status.CONTRACTS, *(one for group in asked for one in group)]
            ),
            signer=signer,
        )
        for name, asked in ASKED.items()
    }
