"""Explain a run: gather what is known of it, and tell it as one chain of causes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kernel.identifiers import RunId
from kernel.principal import Principal
from services.orchestrator.domain.causal_chain import Explanation, explain
from services.orchestrator.domain.chain_facts import ChainFacts
from services.orchestrator.usecases.evidence_ports import EvidenceDesk
from services.orchestrator.usecases.gather_evidence import EvidenceGatherer, RunEvidence

# Of each kind; a chain that is longer says of what it holds only the first.
_MOST = 2000
ReadFacts = Callable[[RunEvidence, Mapping[str, str]], ChainFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExplainer:
    """Explains runs."""

    gather: EvidenceGatherer
    desk: EvidenceDesk
    # Reads what the domains say as what the chain is made of.
    read: ReadFacts

    async def __call__(self, run_id: RunId, *, principal: Principal) -> Explanation:
        """Return the run in a sentence, and the chain in order of time.

        Raises:
            NotFound: there is no such run, or none that the principal may know of.
            Unavailable: a domain is away; it is named.
        """
        evidence = await self.gather.of_run(run_id, principal=principal, most=_MOST)
        names: Mapping[str, str] = {}
        if evidence.gate is not None:
            names = await self.desk.policy_names(principal.tenant_id, evidence.gate.snapshot_id)
        return explain(self.read(evidence, names))
