"""Evidence and proofs as messages."""

from typing import Any

from google.protobuf.message import Message

from aos.orchestrator.v1 import evidence_service_pb2 as messages
from services.orchestrator.api.saga_messages import from_view
from services.orchestrator.domain.causal_chain import Explanation, Link
from services.orchestrator.domain.run_contract import WHAT
from services.orchestrator.domain.run_proof import RunProof
from services.orchestrator.usecases.gather_evidence import (
    IncidentEvidence,
    ProposalContext,
    RunEvidence,
)

# What a client takes without having been told to take more is 4 MiB.
MOST_BYTES = 3 * 1024 * 1024


def from_evidence(evidence: RunEvidence) -> messages.GetRunEvidenceResponse:
    """Write everything that is known about a run, or as much as fits into a message."""
    response = messages.GetRunEvidenceResponse(
        run=evidence.run.message,
        trace=evidence.trace,
        gate=evidence.gate,
        contract=_contract(evidence),
        saga=from_view(evidence.saga) if evidence.saga else None,
        **{name: some.items for name, some in evidence.lists.items()},
    )
    cut = _fit(response, list(evidence.lists))
    response.truncated.extend(sorted({*evidence.truncated, *cut}))
    return response


def _fit(response: Message, lists: list[str]) -> set[str]:
    """Halve the longest list until the message is short enough; return the names of those cut."""
    cut: set[str] = set()
    while response.ByteSize() > MOST_BYTES:
        sizes = {name: sum(item.ByteSize() for item in getattr(response, name)) for name in lists}
        longest = max(sizes, key=lambda name: sizes[name])
        items = getattr(response, longest)
        if not items:
            break
        del items[len(items) // 2 :]
        cut.add(longest)
    return cut


def _contract(evidence: RunEvidence) -> list[messages.ContractItem]:
    if evidence.contract is None:
        return []
    items = []
    for expectation, what in WHAT.items():
        item = messages.ContractItem(domain=expectation.lower(), what=what)
        given = evidence.acknowledged.get(expectation)
        if given is not None:
            item.acknowledged = True
            item.reference = given.reference
            item.acknowledge_time.FromDatetime(given.at)
        items.append(item)
    return items


def from_proof(proof: RunProof) -> messages.GetRunProofResponse:
    """Write a verdict with everything that was looked at."""
    verdict: Any = messages.ProofVerdict.Value(f"PROOF_VERDICT_{proof.verdict}")
    return messages.GetRunProofResponse(
        verdict=verdict,
        checks=[
            messages.ProofCheck(name=check.name, holds=check.holds, finding=check.finding)
            for check in proof.checks
        ],
        ledger_size=proof.ledger_size,
    )


def from_replay(again: Any) -> messages.ReplayDecisionsResponse:
    """Write what deciding everything again has shown."""
    return messages.ReplayDecisionsResponse(
        decision_count=again.decision_count,
        divergences=[
            messages.Divergence(step_id=one.step_id, stored=one.stored, recomputed=one.recomputed)
            for one in again.divergences
        ],
        decisions_root=again.decisions_root,
    )


def from_incident(evidence: IncidentEvidence) -> messages.GetIncidentEvidenceResponse:
    """Write an incident with its run and what it led to."""
    return messages.GetIncidentEvidenceResponse(
        incident=evidence.found.incident,
        evidence=evidence.found.evidence,
        run=evidence.run,
        proposals=evidence.proposals,
    )


def from_context(context: ProposalContext) -> messages.GetProposalContextResponse:
    """Write a proposal with what led to it."""
    return messages.GetProposalContextResponse(
        proposal=context.proposal, incident=context.incident, run=context.run
    )


def from_explanation(explanation: Explanation) -> messages.ExplainRunResponse:
    """Write what happened to a run."""
    return messages.ExplainRunResponse(
        summary=explanation.summary, links=[_link(link) for link in explanation.links]
    )


def _link(link: Link) -> messages.CausalLink:
    message = messages.CausalLink(
        domain=link.domain,
        what=link.what,
        kind=link.kind,
        id=link.id,
        because_of=link.because_of,
    )
    message.time.FromDatetime(link.at)
    return message
