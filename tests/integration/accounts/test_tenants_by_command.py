"""`aos tenant`: whoever runs a plane makes its first tenant, from wherever the plane runs."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from aosctl.keys import Keys
from kernel.identifiers import is_id, new_id
from tests.integration.accounts.clients import exchanged
from tests.support.certificates import Authority, CertificateFolder
from tests.support.plane import Plane

AUTHORITY = Authority("of the plane")
AOS = Path(sys.executable).with_name("aos")


@pytest.fixture
def folder(plane: Plane, tmp_path: Path) -> Path:
    """What `aos secrets` leaves behind, as far as the operator needs it."""
    identity = Keys(tmp_path / "keys").identity_file("operator")
    identity.parent.mkdir(parents=True)
    shutil.copy(plane.identities.key_file("operator"), identity)
    return tmp_path


@pytest_asyncio.fixture(loop_scope="session")
async def encrypted(plane: Plane, tmp_path: Path) -> str:
    """A replica of accounts that asks everybody for a certificate."""
    own = CertificateFolder(tmp_path / "accounts").write(
        AUTHORITY.issue("accounts"), AUTHORITY.certificate
    )
    before = plane.services["accounts"]
    try:
        service = await plane.start("accounts", **own.environment())
    finally:
        plane.services["accounts"] = before
    return f"grpcs://{service.address}"


async def aos(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command as a person does."""
    process = await asyncio.create_subprocess_exec(
        *(AOS, "tenant", *arguments),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complained = await process.communicate()
    return process.returncode or 0, told.decode(), complained.decode()


async def test_a_tenant_is_made_and_its_owner_begins_with_the_key(
    plane: Plane, folder: Path
) -> None:
    where = {"AOS_ACCOUNTS": plane.services["accounts"].address}
    name, data = new_id("ten"), ("--data-dir", str(folder))
    make = ("create", name, "--owner-email", "owner@example.com", *data, "--json")
    status, told, _ = await aos(*make, **where)
    made = json.loads(told)
    assert status == 0
    assert is_id(made["tenant_id"], "ten")
    owner = await exchanged(plane, made["api_key"])
    assert (await owner.GetTenant()).tenant.name == name
    status, _, complained = await aos(*make, **where)
    assert status == 1
    assert "TENANT_NAME_TAKEN" in complained
    _, told, _ = await aos("suspend", made["tenant_id"], "--reason", "unpaid", *data, **where)
    assert told == f"{name} ({made['tenant_id']}) is suspended.\n"
    _, told, _ = await aos("resume", made["tenant_id"], *data, **where)
    assert told.endswith("is active.\n")
    _, told, _ = await aos("list", "--json", *data, **where)
    assert {"tenant_id": made["tenant_id"], "name": name, "state": "active"} in json.loads(told)


async def test_behind_tls_the_operator_shows_a_certificate_of_its_own(
    encrypted: str, folder: Path
) -> None:
    own = CertificateFolder(folder / "operator").write(
        AUTHORITY.issue("operator"), AUTHORITY.certificate
    )
    ask = ("list", "--json", "--data-dir", str(folder))
    status, told, complained = await aos(*ask, AOS_ACCOUNTS=encrypted, **own.environment())
    assert (status, complained) == (0, "")
    assert isinstance(json.loads(told), list)
    # Somebody else's certificate is worth nothing together with the operator's key.
    own.write(AUTHORITY.issue("stranger"), AUTHORITY.certificate)
    status, _, complained = await aos(*ask, AOS_ACCOUNTS=encrypted, **own.environment())
    assert status == 1
    assert "CREDENTIAL_INVALID" in complained


async def test_without_a_place_or_a_key_it_says_what_to_do(tmp_path: Path) -> None:
    status, _, complained = await aos("list", "--data-dir", str(tmp_path), AOS_ACCOUNTS="")
    assert status == 1
    assert "There is no" in complained
    assert "--data-dir" in complained
