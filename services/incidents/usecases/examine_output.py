"""Look for what an output says without support, and keep what is found."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.errors import DeadlineTooShort
from kernel.identifiers import ViolationId, new_id
from kernel.principal import Principal
from services.incidents.domain.errors import ViolatedRunNotFound
from services.incidents.domain.hallucination.detector import Report, detect
from services.incidents.domain.hallucination.finding import Finding
from services.incidents.domain.hallucination.judge import Judge, judged
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources
from services.incidents.domain.incident import Incident, KeptTexts
from services.incidents.domain.kept_finding import (
    DetectorSettings,
    KeptFinding,
    told,
)
from services.incidents.domain.kinds import Category, TriggerType
from services.incidents.domain.violation import Measurement, Violation
from services.incidents.usecases.create_incident import CreateIncident
from services.incidents.usecases.ports import OpenUnitOfWork, RunDirectory, UnitOfWork

_PERCENT = 100
RunBeside = Callable[[Callable[[], Report]], Awaitable[Report]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine:
    """An output, and what it is to be compared with."""

    principal: Principal
    request_id: str
    run_id: str
    output: Output
    documents: tuple[Document, ...]
    earlier: tuple[Output, ...]
    goal: str
    policy_ids: tuple[str, ...]
    at: datetime
    synthetic_scenario_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found, and what follows from it."""

    findings: Sequence[KeptFinding]
    doubtful: Sequence[Finding]
    remarks: Sequence[str]
    incident: Incident | None

    @property
    def blocking(self) -> bool:
        """Whether the run is to be held."""
        return any(one.blocking for one in self.findings)


class ExamineOutput:
    """Detects beside the event loop, asks a judge if there is one, keeps what is sure enough."""

    def __init__(
        self,
        *,
        units_of_work: OpenUnitOfWork,
        runs: RunDirectory,
        create_incident: CreateIncident,
        beside: RunBeside,
        judge: Judge | None,
        judge_seconds: float,
    ) -> None:
        self._units_of_work = units_of_work
        self._runs = runs
        self._create_incident = create_incident
        self._beside = beside
        self._judge = judge
        self._judge_seconds = judge_seconds

    async def __call__(self, command: Examine) -> Examined:
        """Examine an output.

        Raises:
            ViolatedRunNotFound: its run does not exist, or is another tenant's.
            DeadlineTooShort: it is too much to look through in time.
            Unavailable: activity does not answer, so nobody knows what may be kept of the output.
        """
        tenant_id = command.principal.tenant_id
        texts = await self._runs.constraints(tenant_id, command.run_id)
        if texts is None:
            raise ViolatedRunNotFound.of(command.run_id)
        async with self._units_of_work(tenant_id) as unit_of_work:
            settings = await unit_of_work.findings.settings(tenant_id)
        report = await self._report(command, settings)
        if not report.findings:
            return Examined(
                findings=(), doubtful=report.doubtful, remarks=report.remarks, incident=None
            )
        return await self._keep(command, report, settings, texts)

    async def _report(self, command: Examine, settings: DetectorSettings) -> Report:
        def look() -> Report:
            sources = Sources(command.documents, goal=command.goal)
            return detect(
                command.output, sources=sources, earlier=command.earlier, floor=settings.floor
            )

        try:
            report = await self._beside(look)
        except TimeoutError:
            raise DeadlineTooShort(
                "The output could not be looked through in time. Examine it in smaller parts."
            ) from None
        return await judged(
            report,
            self._judge,
            output=command.output,
            documents=command.documents,
            goal=command.goal,
            seconds=self._judge_seconds,
        )

    async def _keep(
        self, command: Examine, report: Report, settings: DetectorSettings, texts: KeptTexts
    ) -> Examined:
        blocking = [settings.blocks(one, command.policy_ids) for one in report.findings]
        violation = _violation(command, report, settings, blocking=any(blocking))
        found = [
            KeptFinding.of(one, violation, blocking=holds, texts=texts)
            for one, holds in zip(report.findings, blocking, strict=True)
        ]

        async def beside(unit_of_work: UnitOfWork) -> None:
            await unit_of_work.findings.add(found)

        outcome = await self._create_incident(violation, principal=command.principal, beside=beside)
        async with self._units_of_work(violation.tenant_id) as unit_of_work:
            # What a request that is repeated found the first time.
            known = await unit_of_work.findings.of(violation.tenant_id, outcome.violation.id)
        return Examined(
            findings=known,
            doubtful=report.doubtful,
            remarks=report.remarks,
            incident=outcome.incident,
        )


def _violation(
    command: Examine, report: Report, settings: DetectorSettings, *, blocking: bool
) -> Violation:
    surest = max(one.confidence for one in report.findings)
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=command.principal.tenant_id,
        source_id=command.request_id,
        run_id=command.run_id,
        subject="",
        policy_id=command.policy_ids[0] if command.policy_ids else "",
        trigger_type=TriggerType.HALLUCINATION_FINDING,
        category=Category.HALLUCINATION,
        blocking=blocking,
        detail=told(report.findings),
        measured=Measurement(
            occurred_at=command.at,
            step_index=command.output.step_index,
            limit_name="confidence",
            value=round(surest * _PERCENT),
            threshold=round(settings.floor * _PERCENT),
            unit="percent",
        ),
        recorded_by=command.principal.actor_id,
        created_at=command.at,
        synthetic_scenario_id=command.synthetic_scenario_id,
    )
