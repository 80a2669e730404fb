"""The SDK as its users run it: against `aos up`, which is also restarted under it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.policies.v1 import policy_pb2, policy_service_pb2, policy_service_pb2_grpc
from aos_sdk import AOSClient, RunStatus, RunStopped
from aosctl.processes import until
from tests.integration.aosctl.test_up_with_real_services import AOS, status, up
from tests.support.governed import body, limit, scope
from tests.unit.sdk.sdk_behaviour import PATIENCE_SECONDS, SdkBehaviour
from tests.unit.sdk.session_contract import SessionContract


@dataclass(slots=True, kw_only=True)
class RealPlane:
    """The whole plane in processes of its own."""

    folder: Path
    base_url: str
    api_key: str
    agent_id: str
    addresses: dict[str, str]

    def answer(self, name: str, action: str) -> None:
        raise NotImplementedError("A real plane is told by policies.")

    def govern(self, content: policy_pb2.PolicyBody) -> None:
        """Put a policy in force."""
        with (
            grpc.insecure_channel(self.addresses["accounts"]) as accounts,
            grpc.insecure_channel(self.addresses["policies"]) as policies,
        ):
            tokens: Any = token_service_pb2_grpc.TokenServiceStub(accounts)
            request = token_service_pb2.ExchangeKeyRequest(api_key=self.api_key)
            bearer = tokens.ExchangeKey(request, timeout=10).token
            metadata = (("authorization", f"Bearer {bearer}"),)
            stub: Any = policy_service_pb2_grpc.PolicyServiceStub(policies)
            draft = policy_service_pb2.CreatePolicyRequest(
                request_id="6f1a52c0-8a5f-4a3e-9a2e-0d5f0f6f7a01", body=content
            )
            made = stub.CreatePolicy(draft, timeout=10, metadata=metadata).policy
            activate = policy_service_pb2.ActivatePolicyRequest(
                request_id="6f1a52c0-8a5f-4a3e-9a2e-0d5f0f6f7a02",
                policy_id=made.id,
                etag=made.etag,
            )
            stub.ActivatePolicy(activate, timeout=10, metadata=metadata)

    def restart(self) -> None:
        """Kill the orchestrator; its supervisor starts it again at the same address."""
        before = self._component()["pid"]
        os.kill(before, signal.SIGKILL)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            after = self._component()
            if after["pid"] not in (None, before) and after["state"] == "serving":
                return
        raise AssertionError("the orchestrator did not come back")

    def _component(self) -> dict[str, Any]:
        asked = subprocess.run(
            [AOS, "status", "--json", "--data-dir", self.folder], capture_output=True, check=False
        )
        components = json.loads(asked.stdout)["components"]
        (found,) = [one for one in components if one["name"] == "orchestrator"]
        return dict(found)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealPlane]:
    folder = tmp_path_factory.mktemp("plane")
    async with up(folder):
        components = await status(folder)
        known = json.loads((folder / "keys" / "development.json").read_text())

        async def takes_runs() -> bool:
            address = components["orchestrator"]["address"]
            return await _takes_runs(address)

        assert await until(takes_runs, seconds=30)
        yield RealPlane(
            folder=folder,
            base_url=components["orchestrator"]["address"],
            api_key=known["api_key"],
            agent_id=known["agent_id"],
            addresses={name: one["address"] for name, one in components.items()},
        )


async def _takes_runs(address: str) -> bool:
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service="runs"), timeout=2)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


class TestSessionsOfTheRealPlane(SessionContract):
    """What `session_service.proto` demands."""


class TestSdkOnTheRealPlane(SdkBehaviour):
    """What users of the SDK count on."""

    @pytest.mark.gap("GAP-016")
    def test_a_policy_stops_a_run_before_anything_of_the_step_happens(  # type: ignore[override]
        self, plane: RealPlane, client: AOSClient
    ) -> None:
        agents = scope("AGENT", plane.agent_id)
        plane.govern(body(limit("COST_MICRO_USD", 5_000), scope=agents))
        done = []
        with (
            pytest.raises(RunStopped) as stopped,
            client.run(goal="g", agent=plane.agent_id) as run,
        ):
            with run.step("allowed", estimated_cost_micro_usd=4_000):
                done.append("allowed")
            with run.step("forbidden", estimated_cost_micro_usd=6_000):
                done.append("forbidden")
        assert done == ["allowed"]
        assert stopped.value.decision is not None
        assert stopped.value.decision.winner is not None
        state = client.poll_run(run.run_id, timeout=PATIENCE_SECONDS)
        assert state.status is RunStatus.FAILED_POLICY
