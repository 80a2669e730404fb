import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.services import SERVICES, role_names
from servicekit.auth.keys import decode


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure()
    before = {path: path.read_text() for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    keys.ensure()
    after = {path: path.read_text() for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    assert before == after


def test_nobody_else_can_read_any_key(tmp_path: Path) -> None:
    Keys(tmp_path / "keys").ensure()
    paths = [tmp_path / "keys", *(tmp_path / "keys").rglob("*")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths if path.is_file())
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_each_service_has_an_identity_whose_public_half_is_published(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure()
    published = json.loads(keys.identities_file.read_text())
    assert set(published) == {*(service.name for service in SERVICES), "operator"}
    for name, public in published.items():
        seed = decode(keys.identity_file(name).read_text())
        own = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        assert decode(public) == own


def test_a_new_role_gets_a_password_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure()
    before = keys.database_passwords()
    (tmp_path / "keys" / "postgres.json").write_text(
        json.dumps({role: before[role] for role in list(role_names())[:1]})
    )
    after = keys.database_passwords()
    assert set(after) == set(role_names())
    assert after["aos_migrator"] == before["aos_migrator"]
    assert after["aos_activity"] != before["aos_activity"]


def test_a_damaged_key_is_named_with_the_way_out(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure()
    keys.identity_file("activity").write_text("damaged")
    with pytest.raises(OperatorError, match=r"activity\.key does not hold .* Delete it"):
        keys.ensure()
