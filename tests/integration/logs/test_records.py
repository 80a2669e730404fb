"""System records and records of runs: written once, listed to whom they belong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from grpc import StatusCode

from aos.logs.v1 import retrieval_evidence_pb2, run_log_pb2, run_record_pb2, system_record_pb2
from kernel.clock import utc_now
from kernel.identifiers import PLANE_TENANT, new_id
from kernel.principal import Principal
from services.logs.domain.system_record import SystemSeverity
from services.logs.store.unit_of_work import LogsUnitOfWork
from tests.integration.logs.clients import Client, reader, writer
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal


def system_record(tenant: str, **fields: object) -> Any:
    made = system_record_pb2.SystemRecord(
        **{
            "record_id": new_id("sys"),
            "tenant_id": tenant,
            "component": "API",
            "event_type": "STARTUP",
            "severity": system_record_pb2.SYSTEM_SEVERITY_INFO,
            "summary": "It started.",
            "details_json": '{"version":"0.1.0"}',
            "caused_by": system_record_pb2.SYSTEM_CAUSE_SYSTEM,
            **fields,
        }
    )
    made.occur_time.FromDatetime(fields.get("at") or utc_now())  # type: ignore[arg-type]
    return made


def run_record(tenant: str, run_id: str, **fields: object) -> Any:
    made = run_record_pb2.LlmRunRecord(
        **{
            "record_id": new_id("llm"),
            "tenant_id": tenant,
            "run_id": run_id,
            "provider": "example",
            "model": "large",
            "prompt_hash": b"p" * 32,
            "response_hash": b"r" * 32,
            "input_tokens": 2**40,
            "output_tokens": 7,
            "cost_micro_usd": 1_250,
            "status": run_record_pb2.EXECUTION_STATUS_SUCCEEDED,
            "source": run_record_pb2.RECORD_SOURCE_EXTERNAL,
            **fields,
        }
    )
    made.start_time.FromDatetime(utc_now() - timedelta(seconds=2))
    made.complete_time.FromDatetime(utc_now())
    return made


def run_log_event(tenant: str, run_id: str, **fields: object) -> Any:
    made = run_log_pb2.RunLogEvent(
        **{
            "record_id": new_id("rle"),
            "tenant_id": tenant,
            "run_id": run_id,
            "type": run_log_pb2.RUN_LOG_EVENT_TYPE_NEAR_THRESHOLD,
            "step_index": 0,
            "policy_id": "pol_1",
            "summary": "The budget is nearly spent.",
            "details_json": '{"spent":0.9}',
            **fields,
        }
    )
    made.occur_time.FromDatetime(utc_now())
    return made


def retrieval(tenant: str, run_id: str, **fields: object) -> Any:
    made = retrieval_evidence_pb2.RetrievalEvidence(
        **{
            "evidence_id": new_id("evi"),
            "tenant_id": tenant,
            "run_id": run_id,
            "plane_id": "pln_1",
            "connector_id": "con_1",
            "query_hash": b"q" * 32,
            "document_ids": ["b", "a"],
            "token_count": 300,
            "policy_snapshot_id": "snp_1",
            "decision": retrieval_evidence_pb2.RETRIEVAL_DECISION_FILTERED,
            **fields,
        }
    )
    made.occur_time.FromDatetime(utc_now())
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How records of a kind are made, appended and listed, and what in them can be changed."""

    make: Callable[..., Any]
    append: str
    listing: str
    field: str
    said: str

    async def send(self, client: Client, *records: Any) -> None:
        await getattr(client, self.append)(**{self.field: records})

    async def page(self, client: Client, **query: object) -> tuple[list[Any], str]:
        answer = await getattr(client, self.listing)(**query)
        return list(getattr(answer, self.field)), answer.next_page_token


KINDS = [
    Kind(
        make=run_record,
        append="AppendRunRecords",
        listing="ListRunRecords",
        field="records",
        said="model",
    ),
    Kind(
        make=run_log_event,
        append="AppendRunLogEvents",
        listing="ListRunLogEvents",
        field="events",
        said="summary",
    ),
    Kind(
        make=retrieval,
        append="AppendRetrievalEvidence",
        listing="ListRetrievalEvidence",
        field="evidence",
        said="plane_id",
    ),
]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.field)


def in_micros(message: Any) -> Any:
    for descriptor, value in message.ListFields():
        if descriptor.name.endswith("_time"):
            value.nanos -= value.nanos % 1000
    return message


def id_of(message: Any) -> str:
    return str(getattr(message, "record_id", "") or getattr(message, "evidence_id", ""))


@kinds
async def test_a_record_of_a_run_is_read_back_as_it_was_written_once(
    plane: Plane, client: Client, auditor: Principal, kind: Kind
) -> None:
    run_id = new_id("run")
    sent = [kind.make(auditor.tenant_id, run_id), kind.make(auditor.tenant_id, run_id)]
    other = kind.make(auditor.tenant_id, new_id("run"), synthetic_scenario_id="a scenario")
    for _ in range(2):
        await kind.send(writer(plane), *sent, other)
    expected = sorted((in_micros(one) for one in sent), key=id_of)
    for one in expected:
        one.service = "activity"
    found, _ = await kind.page(client, run_id=run_id)
    assert found == expected
    everything, _ = await kind.page(client)
    assert [one.is_synthetic for one in everything].count(True) == 1
    assert len(everything) == 3


@kinds
async def test_another_content_under_the_same_identifier_is_refused_and_nothing_is_kept(
    plane: Plane, client: Client, auditor: Principal, kind: Kind
) -> None:
    run_id = new_id("run")
    sent = kind.make(auditor.tenant_id, run_id)
    await kind.send(writer(plane), sent)
    changed = type(sent)()
    changed.CopyFrom(sent)
    setattr(changed, kind.said, "something else")
    told = await refusal(kind.send(writer(plane), kind.make(auditor.tenant_id, run_id), changed))
    assert (told.code, told.reason) == (StatusCode.ALREADY_EXISTS, "RECORD_CONFLICT")
    found, _ = await kind.page(client, run_id=run_id)
    assert len(found) == 1


@pytest.mark.gap("GAP-019")
async def test_what_came_near_a_threshold_is_in_the_log_of_its_run(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    run_id = new_id("run")
    near = run_log_event(auditor.tenant_id, run_id, step_index=4, policy_id="pol_7")
    await writer(plane).AppendRunLogEvents(events=[near])
    other = run_log_event(auditor.tenant_id, new_id("run"))
    await writer(plane).AppendRunLogEvents(events=[other])
    (found,) = (await client.ListRunLogEvents(run_id=run_id)).events
    assert found.type == run_log_pb2.RUN_LOG_EVENT_TYPE_NEAR_THRESHOLD
    assert (found.step_index, found.policy_id) == (4, "pol_7")


@pytest.mark.gap("GAP-050")
@kinds
@pytest.mark.parametrize("is_mutant", [False, True], ids=["kept", "mutant"])
async def test_what_is_acknowledged_is_on_disk_and_a_mutant_that_does_not_commit_is_noticed(
    plane: Plane, auditor: Principal, kind: Kind, is_mutant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another connection sees it when the answer comes, which is after the commit."""
    if is_mutant:
        monkeypatch.setattr(LogsUnitOfWork, "commit", uncommitted)
    run_id = new_id("run")
    await kind.send(writer(plane), kind.make(auditor.tenant_id, run_id))
    table = {
        "records": "llm_run_records",
        "events": "run_log_events",
        "evidence": "retrieval_evidence",
    }[kind.field]
    query = f"SELECT count(*) FROM logs.{table} WHERE tenant_id = $1 AND run_id = $2"
    kept = await plane.database.value(query, auditor.tenant_id, run_id)
    assert kept == (0 if is_mutant else 1)


async def uncommitted(_: LogsUnitOfWork) -> None:
    """What a mutant does instead of committing."""


@pytest.mark.invariant("I-31")
@kinds
async def test_the_records_of_another_tenants_run_are_as_unknown_as_none(
    plane: Plane, auditor: Principal, kind: Kind
) -> None:
    run_id = new_id("run")
    await kind.send(writer(plane), kind.make(auditor.tenant_id, run_id))
    assert await kind.page(reader(plane, somebody("owner")), run_id=run_id) == ([], "")
    bound = writer(plane, tenant=somebody().tenant_id)
    told = await refusal(kind.send(bound, kind.make(auditor.tenant_id, run_id)))
    assert told.reason == "TENANT_MISMATCH"


@kinds
async def test_records_are_listed_page_by_page(
    plane: Plane, client: Client, auditor: Principal, kind: Kind
) -> None:
    run_id = new_id("run")
    sent = [kind.make(auditor.tenant_id, run_id) for _ in range(5)]
    await kind.send(writer(plane), *sent)
    found, token = await kind.page(client, run_id=run_id, page_size=2)
    while token:
        more, token = await kind.page(client, run_id=run_id, page_size=2, page_token=token)
        found += more
    assert [id_of(one) for one in found] == sorted(id_of(one) for one in sent)


async def test_system_records_are_listed_newest_first_by_service_type_severity_and_time(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    tenant = auditor.tenant_id
    long_ago = utc_now() - timedelta(days=1)
    first = system_record(tenant)
    second = system_record(tenant, event_type="JOB_FAILURE", severity=3)
    third = system_record(tenant, severity=2)
    third.occur_time.FromDatetime(long_ago)
    await writer(plane).AppendSystemRecords(records=[first])
    await writer(plane, "accounts").AppendSystemRecords(records=[second, third])

    async def ids(**query: object) -> list[str]:
        found = (await client.ListSystemRecords(**query)).records
        return [one.record_id for one in found]

    expected = sorted((one.record_id for one in (first, second, third)), reverse=True)
    assert await ids() == expected
    assert await ids(service="activity") == [first.record_id]
    assert await ids(event_type="JOB_FAILURE") == [second.record_id]
    graver = sorted((second.record_id, third.record_id), reverse=True)
    assert await ids(minimum_severity=2) == graver
    assert await ids(minimum_severity=3) == [second.record_id]
    assert await ids(occurred_before=long_ago + timedelta(hours=1)) == [third.record_id]
    assert third.record_id not in await ids(occurred_from=long_ago + timedelta(hours=1))


async def test_records_of_the_plane_are_for_its_operator_alone(plane: Plane) -> None:
    mine = system_record(PLANE_TENANT)
    await writer(plane).AppendSystemRecords(records=[mine])
    told = (await writer(plane, "operator").ListSystemRecords(page_size=500)).records
    assert mine.record_id in {one.record_id for one in told}
    owner = reader(plane, somebody("owner"))
    assert (await owner.ListSystemRecords()).records == []


async def test_a_system_record_with_another_content_is_refused(
    plane: Plane, auditor: Principal
) -> None:
    sent = system_record(auditor.tenant_id)
    for _ in range(2):
        await writer(plane).AppendSystemRecords(records=[sent])
    sent.summary = "It stopped."
    told = await refusal(writer(plane).AppendSystemRecords(records=[sent]))
    assert told.reason == "RECORD_CONFLICT"


def test_the_contract_numbers_severities_as_the_domain_does() -> None:
    names = {
        name.removeprefix("SYSTEM_SEVERITY_"): number
        for name, number in system_record_pb2.SystemSeverity.items()
        if number
    }
    assert names == {severity.name: severity.value for severity in SystemSeverity}
