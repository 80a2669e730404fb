"""How a key is written, and every way in which it can be damaged."""

import string
import zlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernel.identifiers import ApiKeyId, new_id
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, new_secret, parse

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
# 2 to the power of 256 in base 62: the first secret that is too large.
TOO_LARGE = 2**256


def base62(value: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return digits


def checked(unchecked: str) -> str:
    """The text with the check that belongs to it, so that nothing but its own fault is wrong."""
    return f"{unchecked}_{base62(zlib.crc32(unchecked.encode()), 6)}"


keys = st.builds(
    PresentedKey,
    environment=st.sampled_from(KeyEnvironment),
    api_key_id=st.text(CROCKFORD, min_size=26, max_size=26).map(
        lambda body: ApiKeyId(f"key_{body}")
    ),
    secret=st.integers(0, TOO_LARGE - 1).map(lambda value: base62(value, 43)),
)


def a_key() -> PresentedKey:
    return PresentedKey(
        environment=KeyEnvironment.DEVELOPMENT,
        api_key_id=ApiKeyId(new_id("key")),
        secret=new_secret(),
    )


@settings(deadline=None)
@given(keys)
def test_what_is_written_is_read_back(key: PresentedKey) -> None:
    assert parse(key.text) == key


@settings(deadline=None)
@given(keys, st.data())
def test_any_other_character_anywhere_is_refused(key: PresentedKey, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key.text) - 1))
    other = data.draw(st.characters(exclude_characters=key.text[place]))
    assert parse(key.text[:place] + other + key.text[place + 1 :]) is None


@settings(deadline=None)
@given(keys, st.data())
def test_a_key_that_is_cut_or_has_characters_swapped_is_refused(
    key: PresentedKey, data: st.DataObject
) -> None:
    text = key.text
    length = data.draw(st.integers(0, len(text) - 1))
    assert parse(text[:length]) is None
    assert parse(text[len(text) - length :]) is None
    place = data.draw(st.integers(0, len(text) - 2))
    assume(text[place] != text[place + 1])
    assert parse(text[:place] + text[place + 1] + text[place] + text[place + 2 :]) is None


@settings(deadline=None)
@given(st.text())
def test_no_other_text_is_a_key_and_none_raises(text: str) -> None:
    assert parse(text) is None


def test_a_key_has_the_documented_form() -> None:
    key = a_key()
    product, environment, body, secret, check = key.text.split("_")
    assert (product, environment, body) == ("aos", "dev", key.api_key_id.removeprefix("key_"))
    assert len(secret) == 43
    assert set(secret) <= set(BASE62)
    assert key.text == checked(f"aos_dev_{body}_{secret}")
    assert len(check) == 6


ID, SECRET = "0" * 26, "0" * 43
DAMAGES = {
    "another product": f"abc_dev_{ID}_{SECRET}",
    "an unknown environment": f"aos_prod_{ID}_{SECRET}",
    "no environment": f"aos_{ID}_{SECRET}",
    "an id that is too short": f"aos_dev_{ID[:-1]}_{SECRET}",
    "an id that is too long": f"aos_dev_{ID}0_{SECRET}",
    "a letter that ids do not use": f"aos_dev_{ID[:-1]}u_{SECRET}",
    "an id in upper case": f"aos_dev_{ID[:-1]}A_{SECRET}",
    "a secret that is too short": f"aos_dev_{ID}_{SECRET[:-1]}",
    "a secret that is too long": f"aos_dev_{ID}_{SECRET}0",
    "a secret beyond 256 bits": f"aos_dev_{ID}_{base62(TOO_LARGE, 43)}",
    "a secret with a foreign letter": f"aos_dev_{ID}_{SECRET[:-1]}é",
    "a secret with a digit of another script": f"aos_dev_{ID}_{SECRET[:-1]}٣",
    "one part more": f"aos_dev_{ID}_{SECRET}_x",
    "a line end": f"aos_dev_{ID}\n_{SECRET}",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_key_with_the_right_check_still_has_to_fit(damage: str) -> None:
    assert parse(checked(f"aos_dev_{ID}_{SECRET}")) is not None
    assert parse(checked(DAMAGES[damage])) is None


@pytest.mark.parametrize("around", [" {}", "{} ", "{}\n", "\t{}", "Bearer {}", "{}_", "_{}"])
def test_nothing_may_stand_around_a_key(around: str) -> None:
    assert parse(around.format(a_key().text)) is None


def test_secrets_do_not_repeat_and_use_all_their_bits() -> None:
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    assert len({secret[1] for secret in secrets}) > 20
    assert len({secret[-1] for secret in secrets}) > 20


def test_a_key_shows_neither_in_its_hint_nor_in_its_printed_form() -> None:
    key = a_key()
    assert key.secret not in repr(key)
    assert key.hint == f"aos_dev_{key.api_key_id[4:10]}…"
