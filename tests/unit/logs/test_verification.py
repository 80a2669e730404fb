"""`aos verify` on bundles: every kind of tampering is found, and the entry is named."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from aosctl.verification import verify as verification
from aosctl.verification.bundle import Bundle, BundleEntry, UnreadableBundle, read_bundle
from aosctl.verification.entries import EntryChecks
from aosctl.verification.verify import verify
from kernel import merkle
from services.logs.domain.ledger_entry import seal
from tests.unit.logs.specimens import TENANT, Log, draft, notary

pytestmark = pytest.mark.invariant("I-29")

SIZE = 13


@pytest.fixture
def log() -> Log:
    return Log(SIZE)


def with_entry(bundle: Bundle, place: int, **fields: object) -> Bundle:
    entries = list(bundle.entries)
    entries[place] = replace(entries[place], **fields)
    return replace(bundle, entries=entries)


def another_leaf(entry: BundleEntry) -> bytes:
    return entry.leaf.replace(b"POLICY_ACTIVATED", b"POLICY_SUSPENDED")


def without(bundle: Bundle, *places: int) -> Bundle:
    kept = [entry for number, entry in enumerate(bundle.entries) if number not in places]
    return replace(bundle, entries=kept)


def swapped(bundle: Bundle, one: int, other: int) -> Bundle:
    """Exchange what two entries say, with the hashes of their leaves."""
    left, right = bundle.entries[one], bundle.entries[other]
    there = with_entry(bundle, one, leaf=right.leaf, leaf_hash=right.leaf_hash)
    return with_entry(there, other, leaf=left.leaf, leaf_hash=left.leaf_hash)


def rechained(bundle: Bundle) -> Bundle:
    """Recompute every hash from the leaves, as somebody with all the time would."""
    entries, link = [], bytes(32)
    for entry in bundle.entries:
        leaf_hash = merkle.leaf_hash(entry.leaf)
        link = hashlib.sha256(link + leaf_hash).digest()
        entries.append(replace(entry, leaf_hash=leaf_hash, chain_hash=link))
    return replace(bundle, entries=entries)


def of_another_tenant() -> BundleEntry:
    stranger = Log(0)
    for number in range(SIZE):
        stranger.append(seal(draft(number, tenant_id="ten_01k9zj3v6q8m2x4t5w7y9abcdf")))
    return stranger.bundle().entries[5]


TAMPERS: dict[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "a byte of a leaf": (
        lambda b: with_entry(b, 5, leaf=another_leaf(b.entries[5])),
        "Entry 5: its bytes",
    ),
    "the hash of a leaf": (
        lambda b: with_entry(b, 5, leaf_hash=bytes(32)),
        "Entry 5: its bytes",
    ),
    "a link of the chain": (
        lambda b: with_entry(b, 5, chain_hash=bytes(32)),
        "Entry 5: the chain",
    ),
    "a removed entry": (lambda b: without(b, 5), "Entry 5: it is missing"),
    "the first entry removed": (lambda b: without(b, 0), "Entry 0: it is missing"),
    "the tail removed": (lambda b: without(b, 10, 11, 12), "Entry 10: it is missing"),
    "two entries swapped": (lambda b: swapped(b, 5, 7), "Entry 5: the chain"),
    "two swapped and rechained": (
        lambda b: rechained(swapped(b, 5, 7)),
        "Entry 4, or one up to 8: it was changed",
    ),
    "everything recomputed": (
        lambda b: rechained(with_entry(b, 5, leaf=another_leaf(b.entries[5]))),
        "Entry 4, or one up to 8: it was changed",
    ),
    "another tenant's entry": (
        lambda b: rechained(with_entry(b, 5, leaf=of_another_tenant().leaf)),
        "Entry 5: it belongs to ten_01k9zj3v6q8m2x4t5w7y9abcdf",
    ),
    "an entry twice": (
        lambda b: rechained(with_entry(b, 5, leaf=b.entries[4].leaf)),
        "Entry 5: led_00000000000000000000000004 stands in the log twice",
    ),
    "an entry beyond the signed ones": (
        lambda b: replace(b, entries=[*b.entries, replace(b.entries[-1], sequence=SIZE)]),
        "Entry 13: it is beyond what was signed",
    ),
    "spaces in a leaf": (
        lambda b: rechained(with_entry(b, 5, leaf=b.entries[5].leaf.replace(b":", b": ", 1))),
        "Entry 5: it is not canonical JSON",
    ),
    "the signed size": (
        lambda b: replace(b, checkpoint=b.checkpoint.replace("\n13\n", "\n12\n")),
        "The checkpoint of the bundle: no known key",
    ),
    "another key in the bundle": (
        lambda b: replace(b, keys=[str(notary(b"x").signer.verifier_key)]),
        "The checkpoint of the bundle: no known key",
    ),
    "no key at all": (
        lambda b: replace(b, keys=[]),
        "The checkpoint of the bundle: no known key",
    ),
    "a damaged key": (lambda b: replace(b, keys=["nonsense"]), "A verifier key cannot be read"),
}


def test_an_honest_log_verifies_and_says_what_that_shows(log: Log) -> None:
    kept = [log.note(6)]
    verdict = verify(
        log.bundle(earlier=[4, 9]), keys=[str(notary().signer.verifier_key)], kept=kept
    )
    assert verdict.holds
    assert f"All {SIZE} entries" in " ".join(verdict.shown)
    assert "the 6 entries of the checkpoint that you kept" in " ".join(verdict.shown)
    assert [limit.split(":")[0] for limit in verdict.cannot_show] == [
        "Events that were never written"
    ]


def test_without_a_key_or_a_kept_checkpoint_the_verdict_says_what_is_missing(log: Log) -> None:
    limits = " ".join(verify(log.bundle(run=True)).cannot_show)
    for words in ("never written", "no further entries", "rewrote the log", "the right one"):
        assert words in limits


@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_changed_log_does_not_verify_and_the_first_bad_entry_is_named(
    log: Log, tamper: str
) -> None:
    change, sentence = TAMPERS[tamper]
    verdict = verify(change(log.bundle(earlier=[4, 9])))
    assert (verdict.problem or "").startswith(sentence)


def test_the_entries_of_a_run_are_followed_to_the_signed_root(log: Log) -> None:
    bundle = log.bundle(run=True, earlier=[4])
    assert verify(bundle, kept=[log.note(4)]).holds
    for place, entry in enumerate(bundle.entries):
        changed = with_entry(
            bundle,
            place,
            leaf=another_leaf(entry),
            leaf_hash=merkle.leaf_hash(another_leaf(entry)),
        )
        assert f"Entry {entry.sequence}: " in (verify(changed).problem or "")


def test_an_entry_of_another_run_or_place_does_not_pass_as_one_of_the_run(log: Log) -> None:
    bundle = log.bundle(run=True)
    stranger = replace(log.bundle().entries[3], inclusion=bundle.entries[2].inclusion)
    told = verify(replace(bundle, entries=[*bundle.entries[:2], stranger])).problem
    assert told == "Entry 3: it does not belong to run_01k9zj3v6q8m2x4t5w7y9abcde."
    moved = with_entry(bundle, 2, sequence=bundle.entries[2].sequence + 2)
    assert "proof does not lead" in (verify(without(moved, 3)).problem or "")


def rolled_back() -> tuple[Bundle, str]:
    """The log as it was, and what its customer kept of what it became."""
    return Log(9).bundle(earlier=[4]), Log(SIZE).note(SIZE)


def test_a_rollback_is_found_by_a_checkpoint_that_was_kept() -> None:
    bundle, kept = rolled_back()
    assert verify(bundle).holds
    assert verify(bundle, kept=[kept]).problem == (
        "Entry 9: it is gone; 13 entries were signed before, and the log has 9."
    )


@pytest.mark.parametrize("run", [False, True])
def test_a_log_written_anew_and_signed_anew_is_found_by_a_kept_checkpoint(run: bool) -> None:
    kept = Log(6).note(6)
    anew = Log(0)
    for number in range(SIZE):
        anew.append(seal(draft(number, actor_id="other" if number == 4 else "per_1")))
    bundle = anew.bundle(run=run, earlier=[6])
    assert verify(bundle).holds
    assert "changed" in (verify(bundle, kept=[kept]).problem or "")


def test_a_checkpoint_of_another_log_says_nothing(log: Log) -> None:
    foreign = notary().sign(
        type(TENANT)("ten_01k9zj3v6q8m2x4t5w7y9abcdf"),
        size=4,
        root_hash=log.roots[4],
        at=draft().occurred_at,
    )
    assert "says nothing about" in (verify(log.bundle(), kept=[foreign.note]).problem or "")


def test_a_kept_checkpoint_without_a_proof_asks_for_one(log: Log) -> None:
    told = verify(log.bundle(run=True), kept=[log.note(6)]).problem
    assert "Export it again with --kept" in (told or "")


MUTANTS = {
    "a link of the chain": (EntryChecks, "_check_chain"),
    "another tenant's entry": (EntryChecks, "_check_content"),
}


@pytest.mark.parametrize("tamper", MUTANTS)
def test_mutant_a_verifier_without_the_check_misses_the_matching_tamper(
    log: Log, tamper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, sentence = TAMPERS[tamper]
    monkeypatch.setattr(*MUTANTS[tamper], lambda *_: None)
    problem = verify(change(log.bundle(earlier=[4, 9]))).problem or ""
    assert not problem.startswith(sentence)


def test_mutant_without_comparing_roots_a_recomputed_log_passes(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "first_bad", lambda *_: None)
    monkeypatch.setattr(merkle, "is_consistent", lambda **_: True)
    change, _ = TAMPERS["everything recomputed"]
    assert verify(change(log.bundle(earlier=[4, 9]))).holds


def test_mutant_without_the_kept_checkpoint_a_rollback_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle, kept = rolled_back()
    monkeypatch.setattr(verification._Verification, "_compare_with_kept", lambda _: None)
    assert verify(bundle, kept=[kept]).holds


def test_a_bundle_survives_its_file(log: Log) -> None:
    for bundle in (log.bundle(earlier=[4]), log.bundle(run=True)):
        assert read_bundle(bundle.to_json()) == bundle


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("aos-ledger-bundle/1", "aos-ledger-bundle/2"),
        ('"sequence": 0', '"sequence": "0"'),
        ('"sequence": 0', '"sequence": -1'),
        ('"leaf_hash": "', '"leaf_hash": "!'),
        ('"entries"', '"others"'),
        ('"keys": [', '"keys": [1, '),
        ("{", "["),
    ],
)
def test_a_file_that_is_no_bundle_is_refused_with_the_reason(log: Log, old: str, new: str) -> None:
    text = log.bundle().to_json()
    assert old in text
    with pytest.raises(UnreadableBundle):
        read_bundle(text.replace(old, new, 1))
