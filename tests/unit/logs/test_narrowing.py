"""A log that was rewritten as a whole: the first bad entry is named as exactly as can be known."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aosctl.verification import verify as verification
from aosctl.verification.bundle import Bundle
from aosctl.verification.narrowing import GrownTree, Known, first_bad, proven_spans
from aosctl.verification.verdict import Place
from aosctl.verification.verify import verify
from kernel import merkle
from kernel.merkle import Span
from services.logs.domain.ledger_entry import seal
from tests.unit.logs.specimens import Log, draft

pytestmark = pytest.mark.invariant("I-29")

SIZE = 13


def rewritten(*places: int, size: int = SIZE) -> Log:
    """A log with other entries at some places, and everything else computed and signed anew."""
    log = Log(0)
    for number in range(size):
        actor = "somebody else" if number in places else "per_1"
        log.append(seal(draft(number, actor_id=actor)))
    return log


def problem(bundle: Bundle, older: Sequence[Bundle] = (), kept: Sequence[str] = ()) -> str:
    return verify(bundle, older=older, kept=kept).problem or ""


@pytest.mark.parametrize("bad", range(SIZE))
def test_a_bundle_from_before_names_the_entry_although_all_was_signed_anew(bad: int) -> None:
    verdict = verify(rewritten(bad).bundle(earlier=[4, 9]), older=[Log(SIZE).bundle()])
    assert verdict.place == Place(first=bad, last=bad)
    assert (verdict.problem or "").startswith(f"Entry {bad}: it was changed after it was signed")


def test_the_first_of_several_bad_entries_is_named() -> None:
    told = problem(rewritten(3, 7, 8).bundle(), [Log(SIZE).bundle()])
    assert told.startswith("Entry 3: it was changed")


def test_what_is_new_since_the_older_bundle_is_no_fault() -> None:
    verdict = verify(Log(SIZE).bundle(), older=[Log(6).bundle(), Log(9).bundle(run=True)])
    assert verdict.holds
    assert "It agrees with the bundle that you kept, of 6 entries." in verdict.shown


def test_where_only_roots_were_kept_the_verdict_says_that_it_is_a_range_and_why() -> None:
    verdict = verify(rewritten(5).bundle(), kept=[Log(SIZE).note(4), Log(SIZE).note(9)])
    assert verdict.place == Place(first=4, last=8)
    assert (verdict.problem or "").startswith(
        "Entry 4, or one up to 8: it was changed after it was signed; those before 4 are as signed."
    )
    assert "Which one cannot be known" in (verdict.problem or "")


def test_checkpoints_of_the_bundle_itself_vouch_for_nothing_against_what_was_kept() -> None:
    """Whoever rewrote the log has signed its earlier sizes anew, too."""
    verdict = verify(rewritten(2).bundle(earlier=[4]), kept=[Log(SIZE).note(9)])
    assert verdict.place == Place(first=0, last=8)
    assert "may have signed them anew" in (verdict.problem or "")


@pytest.mark.parametrize("bad", [number for number in range(SIZE) if number % 3])
def test_the_proofs_of_a_run_kept_earlier_name_its_entries_in_a_log_of_today(bad: int) -> None:
    """A proof holds the hashes of everything beside its entry, so the rest is vouched for."""
    verdict = verify(rewritten(bad).bundle(), older=[Log(SIZE).bundle(run=True)])
    assert verdict.place == Place(first=bad, last=bad)


def test_a_run_of_today_is_compared_entry_by_entry_with_the_run_of_before() -> None:
    before = Log(SIZE).bundle(run=True)
    told = problem(rewritten(7).bundle(run=True), [before])
    assert told.startswith("Entry 7: it was changed")
    now = Log(SIZE).bundle(run=True)
    lacking = replace(now, entries=[one for one in now.entries if one.sequence != 4])
    assert problem(lacking, [before]) == (
        "Entry 4: it is missing; it is in the bundle that you kept."
    )


def test_an_older_bundle_of_more_entries_shows_what_is_gone() -> None:
    assert problem(Log(9).bundle(), [Log(SIZE).bundle()]).startswith("Entry 9: it is gone; 13")


def test_an_older_bundle_that_does_not_hold_by_itself_is_no_evidence() -> None:
    broken = Log(6).bundle()
    entries = [*broken.entries[:2], *broken.entries[3:]]
    told = problem(Log(SIZE).bundle(), [replace(broken, entries=entries)])
    assert told == "A bundle that you kept does not verify by itself. Entry 2: it is missing."


def test_an_earlier_change_counts_more_than_a_later_fault_of_form() -> None:
    bundle = rewritten(5).bundle()
    entries = list(bundle.entries)
    entries[8] = replace(entries[8], chain_hash=bytes(32))
    told = problem(replace(bundle, entries=entries), [Log(SIZE).bundle()])
    assert told.startswith("Entry 5: it was changed")


@pytest.mark.parametrize("seed", range(200))
def test_the_first_bad_entry_is_always_among_those_named(seed: int) -> None:
    chance = random.Random(seed)
    size = chance.randrange(1, 70)
    honest = Log(size)
    bad = sorted(chance.sample(range(size), chance.randrange(1, min(size, 4) + 1)))
    tree = GrownTree()
    for entry in rewritten(*bad, size=size).entries:
        tree.append(entry.sealed.leaf_hash)
    known = [Known(Span(0, size), honest.roots[size])]
    known += [Known(Span(0, at), honest.roots[at]) for at in chance.sample(range(size), size // 8)]
    for place in chance.sample(range(size), size // 10):
        proof = [merkle.span_hash(one, honest.nodes) for one in merkle.inclusion_spans(place, size)]
        leaf = honest.entries[place].sealed.leaf_hash
        known += proven_spans(leaf_hash=leaf, sequence=place, size=size, proof=proof)
    found = first_bad(tree, known)
    assert found is not None
    assert found.first <= bad[0] <= found.last
    leaves = [Known(Span(n, n + 1), one.sealed.leaf_hash) for n, one in enumerate(honest.entries)]
    assert first_bad(tree, [*known, *leaves]) == Place(first=bad[0], last=bad[0])


@pytest.mark.parametrize("begin", range(0, 20, 3))
def test_the_nodes_that_become_full_are_those_that_a_growing_tree_makes(begin: int) -> None:
    tree, made = merkle.CompactRange(), []
    for number in range(33):
        full = [node for node, _ in tree.append(bytes([number]) * 32)]
        made += full if number >= begin else []
    assert list(merkle.nodes_filled(begin, 33)) == made


def test_mutant_without_the_older_bundle_the_same_change_is_a_range_or_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was kept is all that shows it: without, a log that was signed anew verifies."""
    monkeypatch.setattr(verification.OlderBundle, "known", lambda _: [])
    older = [Log(SIZE).bundle()]
    assert verify(rewritten(5).bundle(), older=older).place == Place(first=0, last=SIZE - 1)
    assert verify(rewritten(5).bundle()).holds
