"""What identifies people and what opens doors is found; what only looks like it is not."""

import hashlib
import random
import uuid
from dataclasses import replace

import pytest

from kernel.checksums import always
from kernel.inspection import pii_kinds, secret_kinds, without_pii, without_secrets
from kernel.personal_data import PERSONAL_DATA


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to ada.lovelace+x@mail.example.co.uk now", "email"),
        ("pay DE89 3704 0044 0532 0130 00 today", "iban"),
        ("pay GB82WEST12345698765432.", "iban"),
        ("pay ES91 2100 0418 4502 0005 1332 PAID", "iban"),
        ("card 4111 1111 1111 1111 ok", "card"),
        ("card 378282246310005", "card"),
        ("card 5555-5555-5555-4444", "card"),
        ("card 6011111111111117", "card"),
        ("call +49 30 901820 now", "phone"),
        ("call +1 (415) 555 2671", "phone"),
        ("ssn 123-45-6789.", "us_ssn"),
        ("Steuer-ID 86 095 742 719", "de_tax_id"),
        ("Steuer-ID 47036892816", "de_tax_id"),
        ("NIR 2 55 08 14 168 025 38", "fr_nir"),
        ("NIR 180126955222380", "fr_nir"),
        ("DNI 12345678Z", "es_dni"),
        ("NIE X1234567L", "es_nie"),
        ("NINO AB 12 34 56 C", "uk_nino"),
    ],
)
def test_what_identifies_people_is_found_and_taken_out(text: str, kind: str) -> None:
    assert kind in pii_kinds(text)
    assert f"[{kind}]" in without_pii(text)


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",
        "tracking number 1234567890123452",
        "DE89 3704 0044 0532 0130 01",
        "XX82 WEST 1234 5698 7654 32",
        "ssn 666-12-3456, 900-12-3456, 123-00-4567",
        "number 86095742718",
        "NIR 2 55 08 14 168 025 39",
        "DNI 12345678A and NIE X1234567A",
        "NINO GB123456A and AB123456E",
        "run_01hzx3v6q8m2x4t5w7y9abcdef at 2026-11-21T10:39:20Z took 1,234,567 ms",
        "ada at example dot com",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert pii_kinds(text) == []
    assert without_pii(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AWS AKIAIOSFODNN7EXAMPLE", "key"),
        ("sk-proj-abcdefghijklmnopqrst", "key"),
        (f"ghp_{'a1B2' * 9}", "key"),
        ("glpat-AbCdEfGhIjKlMnOpQrSt", "key"),
        ("xoxb-123456789012-abcdef", "key"),
        (f"AIza{'aB3_x' * 7}", "key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "token"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "private_key"),
        ("postgresql://aos:hunter2hunter2@db/aos", "password"),
        ('{"password": "Tr0ub4dor&3xyz9"}', "password"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1", "password"),
        ("use f3Kq9ZtX7bLw2Vn8Rj4Ym6Hs1 for it", "random"),
    ],
)
def test_what_opens_doors_is_found_and_taken_out(text: str, kind: str) -> None:
    assert kind in secret_kinds(text)
    assert f"[{kind}]" in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        hashlib.sha256(b"x").hexdigest(),
        hashlib.sha1(b"x").hexdigest(),
        str(uuid.UUID(int=12345678901234567890)),
        "run_01hzx3v6q8m2x4t5w7y9abcdef",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "sha512:z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "getUserById2FromDatabaseConnectionPool",
        "docs/decisions/0007-a-change-and-its-ledger-entry-are-one-commit.md",
        "VGhpcyBpcyBqdXN0IGEgc2VudGVuY2UgaW4gYmFzZTY0",
        "password: ************",
        "token = your_token_goes_here",
        "the secret of success is patience",
    ],
)
def test_hashes_identifiers_and_pictures_are_no_secrets(text: str) -> None:
    assert secret_kinds(text) == []
    assert without_secrets(text) == text


def test_a_picture_in_lines_is_no_secret() -> None:
    dice = random.Random(1)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    lines = "\n".join("".join(dice.choices(alphabet, k=76)) for _ in range(20))
    assert secret_kinds(f"\n{lines}\n") == []
    assert without_secrets(lines) == lines


def test_random_hashes_and_identifiers_are_seldom_taken_for_people() -> None:
    """Of what a plane writes itself by the thousand, nothing is mistaken."""
    dice = random.Random(7)
    texts = [dice.randbytes(32).hex() for _ in range(2_000)]
    texts += [str(uuid.UUID(bytes=dice.randbytes(16))) for _ in range(2_000)]
    mistaken = [text for text in texts if pii_kinds(text) or secret_kinds(text)]
    assert mistaken == []


HOSTILE = ("1", "A1", "a@", "+1 ", "12-", "DE89 ", "X1", "eyJ-", "sk-", "token=", "a:", "://a:")


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_of_the_largest_size_come_to_an_end(unit: str) -> None:
    """A pattern that goes back and forth would need hours for these."""
    text = unit * (262_144 // len(unit))
    pii_kinds(text)
    secret_kinds(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("card", "order 4111 1111 1111 1112"),
        ("de_tax_id", "number 86095742718"),
        ("fr_nir", "NIR 2 55 08 14 168 025 39"),
        ("es_dni", "DNI 12345678A"),
        ("iban", "DE89 3704 0044 0532 0130 01"),
    ],
)
def test_mutant_without_its_checksum_a_number_is_taken_for_a_person(kind: str, text: str) -> None:
    (shape,) = (shape for shape in PERSONAL_DATA if shape.kind == kind)
    assert not shape.is_in(text)
    assert replace(shape, confirm=always).is_in(text)
