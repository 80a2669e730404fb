"""Sealed secrets open where they belong, and nowhere else."""

from pathlib import Path

import pytest

from servicekit.auth.keys import encode
from servicekit.config import ConfigError
from servicekit.sealing import DEVELOPMENT_KEY, MasterKeys, SealBroken, Sealer

PLACE = ("ten_1", "dst_1", "1", "webhook")
OLD, NEW = b"o" * 32, b"n" * 32


def test_it_opens_where_it_belongs_and_no_two_are_alike() -> None:
    sealer = Sealer(MasterKeys((OLD,)))
    first, second = (sealer.seal(b"secret", bound_to=PLACE) for _ in range(2))
    assert first != second
    assert b"secret" not in first
    assert sealer.open(first, bound_to=PLACE) == b"secret"


@pytest.mark.invariant("C-4")
@pytest.mark.parametrize(
    "place",
    [
        ("ten_2", "dst_1", "1", "webhook"),
        ("ten_1", "dst_2", "1", "webhook"),
        ("ten_1", "dst_1", "2", "webhook"),
        ("ten_1", "dst_1", "1", "mail"),
        ("ten_1d", "st_1", "1", "webhook"),
        ("ten_1", "dst_1", "1webhook"),
        (),
    ],
)
def test_elsewhere_it_does_not_open(place: tuple[str, ...]) -> None:
    sealer = Sealer(MasterKeys((OLD,)))
    sealed = sealer.seal(b"secret", bound_to=PLACE)
    with pytest.raises(SealBroken):
        sealer.open(sealed, bound_to=place)


def test_whichever_bit_is_changed_it_does_not_open() -> None:
    sealer = Sealer(MasterKeys((OLD,)))
    sealed = sealer.seal(b"secret", bound_to=PLACE)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(changed), bound_to=PLACE)
    for length in (0, 1, 20, 80, len(sealed) - 1):
        with pytest.raises(SealBroken):
            sealer.open(sealed[:length], bound_to=PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = Sealer(MasterKeys((OLD,))).seal(b"secret", bound_to=PLACE)
    renewed = Sealer(MasterKeys((NEW, OLD)))
    assert renewed.open(sealed, bound_to=PLACE) == b"secret"
    fresh = renewed.seal(b"secret", bound_to=PLACE)
    with pytest.raises(SealBroken):
        Sealer(MasterKeys((OLD,))).open(fresh, bound_to=PLACE)


def test_the_key_that_everybody_knows_is_refused_in_production(tmp_path: Path) -> None:
    assert MasterKeys.read("", is_production=False).keys == (DEVELOPMENT_KEY,)
    file = tmp_path / "keys"
    file.write_text(f"{encode(NEW)}\n{encode(DEVELOPMENT_KEY)}\n")
    for path in ("", str(file)):
        with pytest.raises(ConfigError, match="of its own"):
            MasterKeys.read(path, is_production=True)
    file.write_text(f"{encode(NEW)}\n{encode(OLD)}\n")
    assert MasterKeys.read(str(file), is_production=True).keys == (NEW, OLD)


@pytest.mark.parametrize("text", ["", "short", "é" * 43, encode(b"x" * 31)])
def test_a_file_without_keys_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        MasterKeys.read(str(file), is_production=False)
    assert not text or text not in str(refused.value)
    assert "nnnn" not in repr(MasterKeys((NEW,)))
