"""A first call with the generated stubs: exchange the key, create a run, list the runs.

Run it beside `make up`, with the variables that it prints:

    .venv/bin/python examples/first_call.py
"""

import os
import uuid

import grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc

ACCOUNTS = os.environ.get("AOS_ACCOUNTS", "127.0.0.1:7410")
ACTIVITY = os.environ.get("AOS_ACTIVITY", "127.0.0.1:7420")


def main() -> None:
    """Create one run and show what the plane knows of it."""
    with grpc.insecure_channel(ACCOUNTS) as accounts:
        tokens = token_service_pb2_grpc.TokenServiceStub(accounts)
        request = token_service_pb2.ExchangeKeyRequest(api_key=os.environ["AOS_API_KEY"])
        token = tokens.ExchangeKey(request, timeout=5).token
    metadata = [("authorization", f"Bearer {token}")]

    with grpc.insecure_channel(ACTIVITY) as activity:
        runs = run_service_pb2_grpc.RunServiceStub(activity)
        created = runs.CreateRun(
            run_service_pb2.CreateRunRequest(
                request_id=str(uuid.uuid4()),
                project_id=os.environ["AOS_PROJECT_ID"],
                agent_id=os.environ["AOS_AGENT_ID"],
                goal="Summarise the minutes of Monday.",
                source=run_pb2.RUN_SOURCE_EXTERNAL,
            ),
            timeout=5,
            metadata=metadata,
        ).run
        print(f"created {created.id}: {run_pb2.RunStatus.Name(created.status)}")
        listed = runs.ListRuns(run_service_pb2.ListRunsRequest(), timeout=5, metadata=metadata)
        print(f"the tenant has {len(listed.runs)} run(s)")


if __name__ == "__main__":
    main()
