"""The ledger as messages, and messages as drafts and queries."""

import json
from typing import Any

from aos.logs.v1 import ledger_pb2, ledger_service_pb2
from kernel.identifiers import RunId, TenantId
from services.logs.api.moments import moment, required_moment
from services.logs.domain.checkpoint import Checkpoint, VerifierKey
from services.logs.domain.ledger_entry import (
    ActorType,
    LedgerDraft,
    LedgerEntry,
    Position,
    SealedDraft,
    State,
    read_state,
    seal,
)
from services.logs.usecases.ports import LedgerQuery
from services.logs.usecases.read_ledger import ConsistencyProof, InclusionProof

# How an actor stands in messages.
ACTORS: dict[ActorType, Any] = {
    actor: ledger_pb2.ActorType.Value(f"ACTOR_TYPE_{actor.name}") for actor in ActorType
}
_ACTOR_OF = {value: actor for actor, value in ACTORS.items()}


def to_sealed(draft: ledger_pb2.LedgerDraft, *, service: str) -> SealedDraft:
    """Read a draft, and seal it as what the service says."""
    return seal(
        LedgerDraft(
            entry_id=draft.entry_id,
            tenant_id=TenantId(draft.tenant_id),
            service=service,
            event_type=draft.event_type,
            entity_type=draft.entity_type,
            entity_id=draft.entity_id,
            actor_type=_ACTOR_OF[draft.actor_type],
            actor_id=draft.actor_id,
            run_id=RunId(draft.run_id) if draft.run_id else None,
            before=read_state("before_json", draft.before_json),
            after=read_state("after_json", draft.after_json),
            occurred_at=required_moment(draft, "occur_time"),
        )
    )


def to_query(filter_: ledger_service_pb2.LedgerFilter, tenant_id: TenantId) -> LedgerQuery:
    """Read which entries somebody wants to see."""
    return LedgerQuery(
        tenant_id=tenant_id,
        run_id=RunId(filter_.run_id) if filter_.run_id else None,
        entity_type=filter_.entity_type,
        entity_id=filter_.entity_id,
        actor_id=filter_.actor_id,
        event_type=filter_.event_type,
        occurred_from=moment(filter_, "occurred_from"),
        occurred_before=moment(filter_, "occurred_before"),
    )


def from_position(position: Position) -> ledger_pb2.LedgerPosition:
    """Write where a draft stands."""
    return ledger_pb2.LedgerPosition(
        entry_id=position.entry_id, sequence=position.sequence, leaf_hash=position.leaf_hash
    )


def from_entry(entry: LedgerEntry) -> ledger_pb2.LedgerEntry:
    """Write an entry."""
    draft = entry.draft
    message = ledger_pb2.LedgerEntry(
        draft=ledger_pb2.LedgerDraft(
            entry_id=draft.entry_id,
            tenant_id=draft.tenant_id,
            event_type=draft.event_type,
            entity_type=draft.entity_type,
            entity_id=draft.entity_id,
            actor_type=ACTORS[draft.actor_type],
            actor_id=draft.actor_id,
            run_id=draft.run_id or "",
            before_json=_written(draft.before),
            after_json=_written(draft.after),
        ),
        service=draft.service,
        sequence=entry.sequence,
        leaf=entry.leaf,
        leaf_hash=entry.leaf_hash,
        chain_hash=entry.chain_hash,
    )
    message.draft.occur_time.FromDatetime(draft.occurred_at)
    message.append_time.FromDatetime(entry.appended_at)
    return message


def from_checkpoint(checkpoint: Checkpoint) -> ledger_pb2.Checkpoint:
    """Write a checkpoint."""
    message = ledger_pb2.Checkpoint(
        tree_size=checkpoint.tree_size, root_hash=checkpoint.root_hash, note=checkpoint.note
    )
    message.sign_time.FromDatetime(checkpoint.signed_at)
    return message


def from_inclusion(proof: InclusionProof) -> ledger_service_pb2.GetInclusionProofResponse:
    """Write a proof that an entry is in the log."""
    return ledger_service_pb2.GetInclusionProofResponse(
        leaf_hash=proof.leaf_hash,
        tree_size=proof.tree_size,
        root_hash=proof.root_hash,
        hashes=proof.hashes,
    )


def from_consistency(proof: ConsistencyProof) -> ledger_service_pb2.GetConsistencyProofResponse:
    """Write a proof that one log is the beginning of another."""
    return ledger_service_pb2.GetConsistencyProofResponse(
        first_size=proof.first_size,
        second_size=proof.second_size,
        first_root_hash=proof.first_root_hash,
        second_root_hash=proof.second_root_hash,
        hashes=proof.hashes,
    )


def from_key(key: VerifierKey) -> ledger_service_pb2.CheckpointKey:
    """Write a key that checkpoints are verified with."""
    return ledger_service_pb2.CheckpointKey(
        name=key.name,
        ed25519_public_key=key.public_key.public_bytes_raw(),
        verifier_key=str(key),
    )


def _written(state: State | None) -> str:
    return "" if state is None else json.dumps(state, ensure_ascii=False, separators=(",", ":"))
