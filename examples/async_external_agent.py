"""The agent of `external_agent.py` with an event loop: a kill breaks a step off where it waits.

Run it beside `make up`, with the variables that it prints:

    .venv/bin/python examples/async_external_agent.py
"""

import asyncio
import os

from aos_sdk import AsyncAOSClient, RunKilled, StepRefused


async def search(query: str) -> list[str]:
    """Stand in for a tool."""
    await asyncio.sleep(0.01)
    return [f"Minutes about {query}: the budget was approved."]


async def main() -> None:
    """Take two steps; let a policy or a person end the run at any of them."""
    async with AsyncAOSClient() as client:
        try:
            async with client.run(
                goal="Summarise the minutes of Monday.", agent=os.environ["AOS_AGENT_ID"]
            ) as run:
                async with run.step("search", kind="tool_call") as step:
                    step.set_output(await search("Monday"))
                async with run.step("summarise", kind="model_call") as step:
                    step.set_output("The budget was approved.")
        except RunKilled as killed:
            print(f"Broken off: {killed}")
            return
        except StepRefused as refused:
            print(f"The run ended early: {refused}")
            return
        state = await client.poll_run(run.run_id, timeout=30)
        print(f"{state.run_id} {state.status}: {state.step_count} steps")


if __name__ == "__main__":
    asyncio.run(main())
