import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.policies.v1 import policy_pb2, policy_service_pb2, policy_service_pb2_grpc
from aosctl.services import SERVICES

ROOT = Path(__file__).parents[3]
AOS = Path(sys.executable).with_name("aos")
NEEDED_BYTES_PER_SERVICE = 110 * 2**20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plane")


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[str]:
    """Run the plane; yields everything it said until it was ready."""
    options = ("--plain", "--free-ports", "--data-dir", str(folder))
    process = await asyncio.create_subprocess_exec(AOS, "up", *options, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(60):
            while b"Ctrl-C to stop" not in said and (line := await process.stdout.readline()):
                said += line
        yield said.decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, complaint = await process.communicate()
        assert process.returncode == 0, complaint.decode()


async def status(folder: Path) -> dict[str, dict[str, Any]]:
    asked = await asyncio.create_subprocess_exec(
        AOS, "status", "--json", "--data-dir", str(folder), stdout=PIPE
    )
    answer, _ = await asked.communicate()
    return {one["name"]: one for one in json.loads(answer)["components"]}


def key_in(said: str) -> str:
    found = re.search(r"AOS_API_KEY=(\S+)", said)
    assert found is not None, said
    return found.group(1)


async def test_the_key_that_is_printed_opens_accounts_and_is_the_same_next_time(
    folder: Path,
) -> None:
    async with up(folder) as said:
        key = key_in(said)
        components = await status(folder)
        assert {one["state"] for one in components.values()} == {"serving"}, components
        async with grpc.aio.insecure_channel(components["accounts"]["address"]) as channel:
            tokens = token_service_pb2_grpc.TokenServiceStub(channel)
            request = token_service_pb2.ExchangeKeyRequest(api_key=key)
            answer = await tokens.ExchangeKey(request, timeout=10)
        assert answer.token
    async with up(folder) as said:
        assert key_in(said) == key


async def test_the_development_tenant_begins_with_the_guardrails(folder: Path) -> None:
    async with up(folder) as said:
        components = await status(folder)
        async with grpc.aio.insecure_channel(components["accounts"]["address"]) as channel:
            tokens = token_service_pb2_grpc.TokenServiceStub(channel)
            request = token_service_pb2.ExchangeKeyRequest(api_key=key_in(said))
            token = (await tokens.ExchangeKey(request, timeout=10)).token
        async with grpc.aio.insecure_channel(components["policies"]["address"]) as channel:
            policies = policy_service_pb2_grpc.PolicyServiceStub(channel)
            listed = await policies.ListPolicies(
                policy_service_pb2.ListPoliciesRequest(),
                timeout=10,
                metadata=(("authorization", f"Bearer {token}"),),
            )
    assert {policy.source for policy in listed.policies} == {policy_pb2.POLICY_SOURCE_DEFAULT}
    assert {policy.state for policy in listed.policies} == {policy_pb2.POLICY_STATE_ACTIVE}
    assert "No secrets" in {policy.body.name for policy in listed.policies}


async def test_a_lost_key_file_leads_to_another_key_of_the_same_tenant(folder: Path) -> None:
    async with up(folder):
        before = json.loads((folder / "keys" / "development.json").read_text())
    (folder / "keys" / "development.json").unlink()
    async with up(folder):
        after = json.loads((folder / "keys" / "development.json").read_text())
    assert after.pop("api_key") != before.pop("api_key")
    assert after == before


async def test_each_service_is_content_with_its_share_of_memory(folder: Path) -> None:
    async with up(folder):
        services = [one for one in (await status(folder)).values() if one["is_service"]]
        sizes = {one["name"]: psutil.Process(one["pid"]).memory_info().rss for one in services}
    assert max(sizes.values()) <= NEEDED_BYTES_PER_SERVICE, sizes


async def test_migrating_again_finds_nothing_to_do(folder: Path) -> None:
    command = (AOS, "migrate", "--data-dir", str(folder))
    for _ in range(2):
        migration = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
        answer, _ = await migration.communicate()
        assert migration.returncode == 0
    lines = answer.decode().splitlines()
    assert len(lines) == len(SERVICES)
    assert all(re.fullmatch(r"\w+ +at \d{4}_\w+ \(0 applied\)", line) for line in lines), lines


def pasted_from_the_readme(addresses: dict[str, str]) -> list[str]:
    """The programs that the README shows, at this plane's ports."""
    text = (ROOT / "README.md").read_text()
    for service, port in (("accounts", 7410), ("activity", 7420)):
        assert f"127.0.0.1:{port}" in text
        text = text.replace(f"127.0.0.1:{port}", addresses[service])
    blocks: list[str] = re.findall(r"python - <<'EOF'\n(.*?)\nEOF", text, re.DOTALL)
    return blocks


async def run_python(program: str, said: str, **environment: str) -> str:
    exported = dict(re.findall(r"export (AOS_\w+)=(\S+)", said))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **exported, **environment},
    )
    answer, complaint = await process.communicate(program.encode())
    assert process.returncode == 0, complaint.decode()
    return answer.decode()


async def test_the_programs_of_the_readme_and_the_example_work_when_pasted(
    folder: Path,
) -> None:
    async with up(folder) as said:
        components = await status(folder)
        addresses = {name: one["address"] for name, one in components.items()}
        first_run, first_call, trace = pasted_from_the_readme(addresses)
        answer = await run_python(first_run, said)
        assert re.fullmatch(r"run_\w{26} succeeded 2 steps\n", answer)
        answer = await run_python(first_call, said)
        assert re.fullmatch(r"run_\w{26} RUN_STATUS_QUEUED\n", answer)
        answer = await run_python(trace, said)
        run, *steps = answer.splitlines()
        assert re.fullmatch(r"run_\w{26} clerk 1200 tokens in", run)
        assert steps == ["0 STEP_KIND_LLM_CALL gpt-5", "1 STEP_KIND_SUB_RUN "]
        example = (ROOT / "examples" / "first_call.py").read_text()
        answer = await run_python(
            example, said, AOS_ACCOUNTS=addresses["accounts"], AOS_ACTIVITY=addresses["activity"]
        )
        assert "RUN_STATUS_QUEUED" in answer
