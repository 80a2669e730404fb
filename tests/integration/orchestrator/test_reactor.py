"""What the orchestrator does because of what others announce."""

from typing import Any

from tests.support.governed import body, limit
from tests.support.orchestrated import Household
from tests.support.waiting import until


async def test_a_draft_that_was_learned_of_a_run_is_counted_at_it_once(
    household: Household,
) -> None:
    run_id = (await household.run()).run.run.id
    policies = household.asks("policies")
    for title in ("Loops are expensive", "And so are retries"):
        lesson = (
            await policies.call(
                "RecordLesson", title=title, run_id=run_id, body=body(limit("STEPS", 5))
            )
        ).lesson
        await policies.call("ConvertToDraft", lesson_id=lesson.id, etag=lesson.etag)

    async def count() -> Any:
        run = (await household.asks("activity").call("GetRun", run_id=run_id)).run
        return run.policy_draft_count

    async def both() -> bool:
        return bool(await count() == 2)

    assert await until(both)


async def test_a_lesson_of_no_run_of_ours_disturbs_nobody(household: Household) -> None:
    policies = household.asks("policies")
    nobodys = "run_00000000000000000000000000"
    lesson = (
        await policies.call(
            "RecordLesson", title="Hearsay", run_id=nobodys, body=body(limit("STEPS", 5))
        )
    ).lesson
    await policies.call("ConvertToDraft", lesson_id=lesson.id, etag=lesson.etag)
    await test_a_draft_that_was_learned_of_a_run_is_counted_at_it_once(household)
    dead = await household.plane.database.value("SELECT count(*) FROM orchestrator.dead_letters")
    assert dead == 0
