"""Signed notes: the published example, our own round trip, and what must not be believed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.clock import utc_now
from kernel.identifiers import TenantId
from kernel.merkle import EMPTY_ROOT
from services.logs.domain.checkpoint import (
    InvalidNote,
    NoteSigner,
    TreeHead,
    VerifierKey,
    open_note,
)
from services.logs.domain.notary import Notary

# From the documentation of golang.org/x/mod/sumdb/note.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
)
TENANT = TenantId("ten_01k9zj3v6q8m2x4t5w7y9abcde")


@pytest.fixture
def signer() -> NoteSigner:
    return NoteSigner(name="aos.example", key=Ed25519PrivateKey.from_private_bytes(b"s" * 32))


@pytest.fixture
def head() -> TreeHead:
    return TreeHead(origin=f"aos.example/{TENANT}", size=7, root_hash=b"r" * 32)


def test_the_published_note_is_signed_by_the_published_key(signer: NoteSigner) -> None:
    key = VerifierKey.parse(PUBLISHED_KEY)
    assert str(key) == PUBLISHED_KEY
    with pytest.raises(InvalidNote, match="is not a checkpoint"):
        open_note(PUBLISHED_NOTE, [key])
    with pytest.raises(InvalidNote, match="no known key"):
        open_note(PUBLISHED_NOTE, [signer.verifier_key])
    with pytest.raises(InvalidNote, match="no known key"):
        open_note(PUBLISHED_NOTE.replace("answer", "cause"), [key])


def test_a_note_says_what_was_signed(signer: NoteSigner, head: TreeHead) -> None:
    note = signer.sign(head)
    assert note.startswith(f"aos.example/{TENANT}\n7\ncnJycnJycnJy")
    assert open_note(note, [VerifierKey.parse(str(signer.verifier_key))]) == head


def test_any_changed_character_is_noticed(signer: NoteSigner, head: TreeHead) -> None:
    note = signer.sign(head)
    believed = []
    for place in range(len(note)):
        changed = note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :]
        try:
            open_note(changed, [signer.verifier_key])
        except InvalidNote:
            continue
        believed.append(note[place])
    assert believed == []


def test_mutant_without_the_signature_a_changed_size_is_believed(
    signer: NoteSigner, head: TreeHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VerifierKey, "verifies", lambda *_: True)
    note = signer.sign(head).replace("\n7\n", "\n8\n")
    assert open_note(note, [signer.verifier_key]).size == 8


def test_a_key_of_the_same_name_with_other_bytes_is_another_key(head: TreeHead) -> None:
    one, other = (
        NoteSigner(name="aos.example", key=Ed25519PrivateKey.generate()) for _ in range(2)
    )
    with pytest.raises(InvalidNote, match="no known key"):
        open_note(one.sign(head), [other.verifier_key])


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AAAA", PUBLISHED_KEY[:-4] + "AAAA"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each fault has a message of its own
        VerifierKey.parse(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus"])
def test_a_name_that_would_break_the_note_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a key"):
        NoteSigner(name=name, key=Ed25519PrivateKey.generate())


def test_after_a_change_of_keys_the_old_checkpoints_still_count(signer: NoteSigner) -> None:
    old = Notary(origin="aos.example", signer=signer)
    checkpoint = old.sign(TENANT, size=0, root_hash=EMPTY_ROOT, at=utc_now())
    fresh = NoteSigner(name="aos.example", key=Ed25519PrivateKey.generate())
    assert Notary(origin="aos.example", signer=fresh).problem(TENANT, checkpoint)
    with_old = Notary(origin="aos.example", signer=fresh, retired=[signer.verifier_key])
    assert with_old.problem(TENANT, checkpoint) is None
    assert with_old.problem(TenantId("ten_01k9zj3v6q8m2x4t5w7y9abcdf"), checkpoint)
