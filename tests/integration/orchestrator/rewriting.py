"""Somebody with all the rights of the database, and what they do to a run that is over."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from aos.policies.v1 import decision_pb2, policy_pb2
from kernel.identifiers import new_id
from kernel.merkle import CompactRange, leaf_hash
from tests.integration.logs import tampering
from tests.support.databases import TestDatabase

Rewrite = Callable[[asyncpg.Connection, str], Awaitable[object]]
_TABLES = (
    "activity.aos_trace_steps",
    "activity.aos_traces",
    "activity.runs",
    "logs.ledger_entries",
    "logs.ledger_nodes",
    "logs.llm_run_records",
    "activity.trace_heads",
    "orchestrator.contract_acks",
    "policies.decisions",
    "policies.gates",
    "policies.policy_snapshots",
)
_ENABLED = {"O": "ENABLE TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}
_OF_RUN = "(SELECT id FROM activity.aos_traces WHERE run_id = $1)"
_SNAPSHOT = "(SELECT snapshot_id FROM policies.gates WHERE run_id = $1)"


@asynccontextmanager
async def all_rights(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection to which no trigger applies, as long as it lasts."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        async with connection.transaction():
            switched = await _switch_off(connection)
            yield connection
            for statement in switched:
                await connection.execute(statement)
    finally:
        await connection.close()


async def _switch_off(connection: asyncpg.Connection) -> list[str]:
    """Switch the triggers off; returns what switches them on again."""
    on_again = []
    for table in _TABLES:
        for row in await connection.fetch(
            "SELECT tgname, tgenabled::text AS how FROM pg_trigger "
            "WHERE tgrelid = $1::text::regclass AND NOT tgisinternal",
            table,
        ):
            on_again.append(f"ALTER TABLE {table} {_ENABLED[row['how']]} {row['tgname']}")
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return on_again


async def change_a_step(connection: asyncpg.Connection, run_id: str) -> None:
    """Let the second step have called another model."""
    await connection.execute(
        "UPDATE activity.aos_trace_steps SET content = decode(replace(encode(content, 'hex'), "
        "encode('scripted/one', 'hex'), encode('scripted/two', 'hex')), 'hex') "
        f"WHERE step_index = 1 AND trace_id = {_OF_RUN}",
        run_id,
    )


async def change_a_step_with_its_hash(connection: asyncpg.Connection, run_id: str) -> None:
    await change_a_step(connection, run_id)
    content = await connection.fetchval(
        f"SELECT content FROM activity.aos_trace_steps WHERE step_index = 1 AND trace_id = {_OF_RUN}",
        run_id,
    )
    await connection.execute(
        "UPDATE activity.aos_trace_steps SET content_hash = $2 "
        f"WHERE step_index = 1 AND trace_id = {_OF_RUN}",
        run_id,
        leaf_hash(content),
    )


async def change_a_step_and_seal_again(connection: asyncpg.Connection, run_id: str) -> None:
    await change_a_step_with_its_hash(connection, run_id)
    tree = CompactRange()
    for row in await connection.fetch(
        "SELECT content_hash FROM activity.aos_trace_steps "
        f"WHERE trace_id = {_OF_RUN} ORDER BY step_index",
        run_id,
    ):
        tree.append(row["content_hash"])
    await connection.execute(
        "UPDATE activity.aos_traces SET root_hash = $2 WHERE run_id = $1",
        run_id,
        tree.root().hex(),
    )


async def remove_a_step(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        f"DELETE FROM activity.aos_trace_steps WHERE step_index = 1 AND trace_id = {_OF_RUN}",
        run_id,
    )


async def change_an_answer(connection: asyncpg.Connection, run_id: str) -> None:
    """Let the second step have been forbidden."""
    answer = await connection.fetchval(
        "SELECT answer FROM policies.decisions WHERE run_id = $1 AND step_id = 's1'", run_id
    )
    decision = decision_pb2.Decision.FromString(answer)
    decision.action = policy_pb2.ACTION_KILL
    await connection.execute(
        "UPDATE policies.decisions SET answer = $2 WHERE run_id = $1 AND step_id = 's1'",
        run_id,
        decision.SerializeToString(deterministic=True),
    )


async def remove_a_decision(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "DELETE FROM policies.decisions WHERE run_id = $1 AND step_id = 's1'", run_id
    )


async def change_the_snapshot(connection: asyncpg.Connection, run_id: str) -> None:
    """Let the policies have had another name, and recompute what follows from it."""
    content = await connection.fetchval(
        f"SELECT content FROM policies.policy_snapshots WHERE id = {_SNAPSHOT}", run_id
    )
    renamed = content.replace(b"a policy", b"b policy")
    await connection.execute(
        "UPDATE policies.policy_snapshots SET content = $2, content_hash = $3 "
        f"WHERE id = {_SNAPSHOT}",
        run_id,
        renamed,
        hashlib.sha256(renamed).hexdigest(),
    )


async def change_an_entry(connection: asyncpg.Connection, run_id: str) -> None:
    """Let the run have ended otherwise, by the word of the ledger."""
    await connection.execute(
        "UPDATE logs.ledger_entries SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), "
        "'SUCCEEDED', 'CANCELLED'), 'UTF8') WHERE run_id = $1 AND event_type = 'RUN_COMPLETED'",
        run_id,
    )


async def change_an_entry_with_its_hash(connection: asyncpg.Connection, run_id: str) -> None:
    """Let somebody else have sealed the trace, by the word of the ledger."""
    where = "WHERE run_id = $1 AND event_type = 'TRACE_SEALED'"
    await connection.execute(
        "UPDATE logs.ledger_entries SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), "
        f"'orchestrator', 'administrate'), 'UTF8') {where}",
        run_id,
    )
    leaf = await connection.fetchval(f"SELECT leaf FROM logs.ledger_entries {where}", run_id)
    await connection.execute(
        f"UPDATE logs.ledger_entries SET leaf_hash = $2 {where}", run_id, leaf_hash(leaf)
    )


async def rewrite_the_ledger(connection: asyncpg.Connection, run_id: str) -> None:
    """Let the run have ended otherwise, and recompute all that follows, but for the signature."""
    await change_an_entry(connection, run_id)
    tenant = await connection.fetchval(
        "SELECT tenant_id FROM logs.ledger_entries WHERE run_id = $1 LIMIT 1", run_id
    )
    await connection.execute("SET LOCAL search_path = logs")
    await tampering.recompute(connection, tenant)


async def hide_the_completion(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE logs.ledger_entries SET run_id = NULL "
        "WHERE run_id = $1 AND event_type = 'RUN_COMPLETED'",
        run_id,
    )


async def change_how_it_ended(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.runs SET termination_reason = 'TIMEOUT' WHERE id = $1", run_id
    )


async def change_an_acknowledgement(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE orchestrator.contract_acks SET reference = 'anything' "
        "WHERE run_id = $1 AND expectation = 'POLICIES'",
        run_id,
    )


async def remove_an_acknowledgement(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "DELETE FROM orchestrator.contract_acks WHERE run_id = $1 AND expectation = 'INCIDENTS'",
        run_id,
    )


async def name_another_agent(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.runs SET agent_id = $2 WHERE id = $1", run_id, new_id("agt")
    )


async def name_another_project(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.runs SET project_id = $2 WHERE id = $1", run_id, new_id("prj")
    )


async def name_another_snapshot(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.runs SET policy_snapshot_id = $2 WHERE id = $1", run_id, new_id("snp")
    )


async def count_one_incident_more(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.runs SET incident_count = incident_count + 1 WHERE id = $1", run_id
    )


async def name_an_incident_in_the_trace(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "UPDATE activity.aos_traces SET incident_id = $2 WHERE run_id = $1", run_id, new_id("inc")
    )


async def remove_a_record(connection: asyncpg.Connection, run_id: str) -> None:
    await connection.execute(
        "DELETE FROM logs.llm_run_records WHERE id IN "
        "(SELECT id FROM logs.llm_run_records WHERE run_id = $1 LIMIT 1)",
        run_id,
    )


async def remove_the_run(connection: asyncpg.Connection, run_id: str) -> None:
    """Let activity never have known of a run that took no step."""
    for statement in (
        f"DELETE FROM activity.trace_heads WHERE trace_id = {_OF_RUN}",
        "DELETE FROM activity.aos_traces WHERE run_id = $1",
        "DELETE FROM activity.runs WHERE id = $1",
    ):
        await connection.execute(statement, run_id)
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
