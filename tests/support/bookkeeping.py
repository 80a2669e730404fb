"""What the books say of a tenant: steps, budgets, events that have left."""

from collections.abc import Iterable

from aosctl.services import SERVICES
from tests.support.orchestrated import Household
from tests.support.waiting import until


async def step_differences(
    household: Household, acknowledged: Iterable[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    """Steps that were acknowledged and are not on disk; steps that are there twice or unasked."""
    rows = await household.plane.database.fetch(
        "SELECT t.run_id, s.step_id FROM activity.aos_trace_steps s "
        "JOIN activity.aos_traces t ON t.tenant_id = s.tenant_id AND t.id = s.trace_id "
        "WHERE s.tenant_id = $1",
        household.tenant,
    )
    recorded = [(row["run_id"], row["step_id"]) for row in rows]
    said = set(acknowledged)
    lost = [f"{run_id}: step {name}" for run_id, name in said - set(recorded)]
    unasked = [f"{run_id}: step {name}" for run_id, name in set(recorded) - said]
    return lost, unasked + ["a step twice"] * (len(recorded) - len(set(recorded)))


async def budget_differences(household: Household) -> list[str]:
    """Counters that are not the sum of what was reserved of them and not given back."""
    rows = await household.plane.database.fetch(
        "WITH held AS (SELECT hold ->> 0 AS counter, sum((hold ->> 1)::bigint) AS amount "
        "FROM policies.reservations, json_array_elements(holds::json) AS hold "
        "WHERE tenant_id = $1 AND state <> 'RELEASED' GROUP BY 1) "
        "SELECT c.id, c.used + c.reserved AS counted, coalesce(held.amount, 0) AS held "
        "FROM policies.counters c LEFT JOIN held ON held.counter = c.id WHERE c.tenant_id = $1",
        household.tenant,
    )
    assert rows, "there is no counter to compare"
    return [
        f"{row['id']}: {row['counted']} counted, {row['held']} reserved"
        for row in rows
        if row["counted"] != row["held"]
    ]


# A word to the producer that was lost with whoever sent it is asked for again after a minute.
_CONFIRMED_SECONDS = 150.0


async def events_have_left(household: Household, *, confirmed: bool) -> None:
    """Wait until every event of the tenant is published, and confirmed by all who await it."""
    under_way = "published_at IS NULL" + (" OR cardinality(awaits) > 0" if confirmed else "")
    for service in SERVICES:
        statement = (
            f"SELECT count(*) = 0 FROM {service.name}.outbox "
            f"WHERE tenant_id = '{household.tenant}' AND ({under_way})"
        )
        await until(
            lambda statement=statement: household.plane.database.value(statement),
            seconds=_CONFIRMED_SECONDS,
            every=0.2,
        )
