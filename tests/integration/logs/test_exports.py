"""What leaves the plane is recorded: what, by whom, with which hash; and it is in the ledger."""

import hashlib
import uuid

import pytest
from grpc import StatusCode

from aos.logs.v1 import export_pb2, ledger_pb2
from kernel.identifiers import new_id
from kernel.principal import Principal
from services.logs.usecases import exports
from tests.integration.logs.clients import Client, all_entries, reader
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

CONTENT = b"what was exported"


def export(**fields: object) -> export_pb2.Export:
    values = {
        "kind": export_pb2.EXPORT_KIND_LEDGER,
        "tree_size": 3,
        "content_sha256": hashlib.sha256(CONTENT).digest(),
        "size_bytes": len(CONTENT),
        **fields,
    }
    return export_pb2.Export(**values)  # type: ignore[arg-type]


async def record(client: Client, request_id: str = "", **fields: object) -> export_pb2.Export:
    answer = await client.RecordExport(
        request_id=request_id or str(uuid.uuid4()), export=export(**fields)
    )
    recorded: export_pb2.Export = answer.export
    return recorded


async def test_an_export_is_listed_with_what_who_and_which_hash(
    client: Client, auditor: Principal
) -> None:
    recorded = await record(client)
    assert recorded.export_id.startswith("exp_")
    assert recorded.content_sha256 == hashlib.sha256(CONTENT).digest()
    assert (recorded.actor_type, recorded.actor_id) == (
        ledger_pb2.ACTOR_TYPE_PERSON,
        auditor.person_id,
    )
    assert (await client.ListExports()).exports == [recorded]


async def test_an_export_of_a_run_is_an_entry_of_the_ledger_under_that_run(
    client: Client,
) -> None:
    run_id = new_id("run")
    recorded = await record(client, kind=export_pb2.EXPORT_KIND_RUN_LEDGER, subject=run_id)
    (entry,) = await until(lambda: all_entries(client, run_id=run_id))
    assert (entry.draft.event_type, entry.draft.entity_id) == (
        "EXPORT_RECORDED",
        recorded.export_id,
    )
    assert recorded.content_sha256.hex() in entry.draft.after_json


async def test_who_exports_comes_from_the_credential_and_not_from_the_request(
    client: Client, auditor: Principal
) -> None:
    recorded = await record(client, actor_id="per_somebody_else", export_id="exp_chosen")
    assert recorded.actor_id == auditor.person_id
    assert recorded.export_id != "exp_chosen"


async def test_a_request_that_is_repeated_records_one_export(client: Client) -> None:
    request_id = str(uuid.uuid4())
    assert await record(client, request_id) == await record(client, request_id)
    assert len((await client.ListExports()).exports) == 1


async def test_exports_are_listed_newest_first_and_page_by_page(client: Client) -> None:
    made = [(await record(client)).export_id for _ in range(5)]
    found: list[str] = []
    token = ""
    while True:
        page = await client.ListExports(page_size=2, page_token=token)
        found += [one.export_id for one in page.exports]
        token = page.next_page_token
        if not token:
            break
    assert found == sorted(made, reverse=True)


async def test_whoever_may_only_read_records_no_export(plane: Plane, auditor: Principal) -> None:
    viewer = reader(plane, somebody("viewer", tenant=auditor.tenant_id))
    told = await refusal(record(viewer))
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    bound = somebody("owner", tenant=auditor.tenant_id, project=new_id("prj"))
    assert (await refusal(record(reader(plane, bound)))).reason == "PERMISSION_MISSING"
    assert (await refusal(reader(plane, bound).ListExports())).reason == "PERMISSION_MISSING"


@pytest.mark.invariant("I-31")
async def test_the_exports_of_another_tenant_are_as_unknown_as_none(
    plane: Plane, client: Client
) -> None:
    await record(client)
    assert (await reader(plane, somebody("owner")).ListExports()).exports == []


@pytest.mark.invariant("I-30")
async def test_an_export_that_would_leave_no_entry_is_not_recorded_either(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would record nothing in the ledger is rolled back as our own mistake."""
    monkeypatch.setattr(exports, "entry_of", lambda *_, **__: None)
    monkeypatch.setattr("servicekit.unit_of_work.UnitOfWork.record", lambda *_: None)
    assert (await refusal(record(client))).code is StatusCode.INTERNAL
    assert (await client.ListExports()).exports == []
