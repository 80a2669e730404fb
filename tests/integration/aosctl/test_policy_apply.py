"""`aos policy diff` and `apply` against policies at work, with somebody's API key."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
import yaml

from tests.support.governed import Tenant
from tests.support.plane import Plane
from tests.support.waiting import until

AOS = Path(sys.executable).with_name("aos")
POLICY = {
    "name": "from a file",
    "scope": {"type": "all_runs"},
    "monitors": {"watched": ["steps"]},
    "limits": [{"name": "steps", "type": "steps", "maximum": 5, "window": "per_run"}],
    "on_breach": {"action": "stop"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("policies")
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


async def aos(plane: Plane, tenant: Tenant, *arguments: str) -> tuple[int, str]:
    assert plane.accounts is not None
    key = f"key-of-{tenant.id}"
    plane.accounts.keys[key] = tenant.owner
    process = await asyncio.create_subprocess_exec(
        AOS,
        "policy",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            **os.environ,
            "AOS_API_KEY": key,
            "AOS_ACCOUNTS": plane.peers["accounts"],
            "AOS_POLICIES": plane.services["policies"].address,
        },
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def written(folder: Path, **fields: object) -> str:
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump({**POLICY, **fields}))
    return str(path)


async def test_what_a_file_says_is_applied_once_however_often_it_is_asked_for(
    plane: Plane, tmp_path: Path
) -> None:
    tenant, path = Tenant(plane), written(tmp_path)
    code, said = await aos(plane, tenant, "diff", path)
    assert (code, "+ create    from a file" in said) == (1, True), said
    code, said = await aos(plane, tenant, "apply", path)
    assert (code, "version 1, DRAFT" in said, "--activate" in said) == (0, True, True), said
    code, said = await aos(plane, tenant, "apply", "--activate", path)
    assert (code, "version 1, ACTIVE" in said) == (0, True), said
    code, said = await aos(plane, tenant, "apply", "--activate", path)
    assert (code, "= unchanged from a file" in said) == (0, True), said
    assert (await aos(plane, tenant, "diff", path))[0] == 0
    policies = (await tenant.write("ListPolicies")).policies
    assert [(one.body.name, one.version) for one in policies] == [("from a file", 1)]


async def test_what_changes_is_shown_and_becomes_a_version(plane: Plane, tmp_path: Path) -> None:
    tenant = Tenant(plane)
    await aos(plane, tenant, "apply", "--activate", written(tmp_path))
    path = written(tmp_path, on_breach={"action": "kill"})
    code, said = await aos(plane, tenant, "diff", path)
    assert code == 1
    assert "-  action: STOP" in said
    assert "+  action: KILL" in said
    code, said = await aos(plane, tenant, "apply", path)
    assert (code, "~ update" in said, "version 2, ACTIVE" in said) == (0, True, True), said


async def test_what_the_plane_refuses_is_told_with_its_field(plane: Plane, tmp_path: Path) -> None:
    tenant = Tenant(plane)
    monitors = {"watched": ["steps", "rag_access"], "allowed_plane_ids": ["pln_nobody"]}
    code, said = await aos(plane, tenant, "apply", written(tmp_path, monitors=monitors))
    assert code == 1
    assert "body.monitors.allowed_plane_ids[0]: there is no plane pln_nobody" in said
    assert "Traceback" not in said


async def test_two_policies_of_one_name_are_not_guessed_between(
    plane: Plane, tmp_path: Path
) -> None:
    tenant, path = Tenant(plane), written(tmp_path)
    await aos(plane, tenant, "apply", path)
    (first,) = (await tenant.write("ListPolicies")).policies
    await tenant.draft(first.body)
    code, said = await aos(plane, tenant, "apply", path)
    assert (code, "2 policies are called 'from a file'" in said) == (1, True), said
