"""Tell of what is missing of a run, once, whoever finds it first."""

from collections.abc import Sequence

from kernel.errors import RequestIdReused
from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.run_contract import WHAT, Expectation, RunContract
from services.orchestrator.domain.run_links import BrokenLink, homeless_incident, lost_run
from services.orchestrator.usecases.desks import IncidentsDesk, Subject

_CATEGORY = "AUDIT_GAP"
_DANGLING = "DANGLING_REFERENCE"


def named(contract: RunContract, what: str) -> Subject:
    """The run of a contract, under a key that is the same for whoever says this of it."""
    return Subject(
        tenant_id=contract.tenant_id, run_id=contract.run_id, key=f"{contract.run_id}/{what}"
    )


async def tell_missing(
    incidents: IncidentsDesk, contract: RunContract, absent: Sequence[Expectation]
) -> None:
    """Report that acknowledgements are missing."""
    words = "; ".join(f"{one.value.lower()}: {WHAT[one]}" for one in absent)
    await _report(
        incidents,
        named(contract, "acknowledgements"),
        trigger="MISSING_ACKNOWLEDGEMENT",
        detail=f"not acknowledged: {words}" if words else "its completion is not finished",
        scenario=contract.synthetic_scenario_id,
    )


async def tell_broken(incidents: IncidentsDesk, contract: RunContract, link: BrokenLink) -> None:
    """Report that a reference of a run points to nothing."""
    await _report(
        incidents,
        named(contract, f"link/{link.name}"),
        trigger=_DANGLING,
        detail=link.detail,
        scenario=contract.synthetic_scenario_id,
    )


async def tell_lost(incidents: IncidentsDesk, contract: RunContract) -> None:
    """Report that there is no run for a contract."""
    link = lost_run(contract)
    await _report(
        incidents,
        named(contract, f"link/{link.name}"),
        trigger=_DANGLING,
        detail=link.detail,
        scenario=contract.synthetic_scenario_id,
        about=f"run/{contract.run_id}",
    )


async def tell_homeless(
    incidents: IncidentsDesk, tenant_id: TenantId, incident_id: str, run_id: RunId
) -> None:
    """Report that there is no run for an incident."""
    link = homeless_incident(incident_id, run_id)
    await _report(
        incidents,
        Subject(tenant_id=tenant_id, run_id=run_id, key=f"{incident_id}/link/{link.name}"),
        trigger=_DANGLING,
        detail=link.detail,
        scenario="",
        about=f"incident/{incident_id}",
    )


async def _report(
    incidents: IncidentsDesk,
    subject: Subject,
    *,
    trigger: str,
    detail: str,
    scenario: str,
    about: str = "",
) -> None:
    try:
        await incidents.report(
            subject,
            trigger=trigger,
            category=_CATEGORY,
            detail=detail,
            scenario=scenario,
            about=about,
        )
    except RequestIdReused:
        # It was told before, in other figures.
        return
