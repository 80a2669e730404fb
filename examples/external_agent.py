"""An agent that AOS governs: each step is asked for before it happens and reported after it.

Run it beside `make up`, with the variables that it prints:

    .venv/bin/python examples/external_agent.py
"""

import os

from aos_sdk import AOSClient, StepRefused


def search(query: str) -> list[str]:
    """Stand in for a tool."""
    return [f"Minutes about {query}: the budget was approved."]


def main() -> None:
    """Take two steps; let a policy or a person end the run at any of them."""
    with AOSClient() as client:
        try:
            with client.run(
                goal="Summarise the minutes of Monday.", agent=os.environ["AOS_AGENT_ID"]
            ) as run:
                with run.step("search", kind="tool_call", params={"query": "Monday"}) as step:
                    found = search("Monday")
                    step.set_output(found)
                with run.step(
                    "summarise", kind="model_call", estimated_cost_micro_usd=2_000
                ) as step:
                    step.set_output("The budget was approved.")
                    step.set_usage(
                        input_tokens=120, output_tokens=6, cost_micro_usd=900, model="example"
                    )
        except StepRefused as refused:
            print(f"The run ended early: {refused}")
            return
        state = client.poll_run(run.run_id, timeout=30)
        print(f"{state.run_id} {state.status}: {state.step_count} steps")


if __name__ == "__main__":
    main()
