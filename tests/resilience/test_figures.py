"""The table of `make resilience`: one row an invariant, and nothing in it better than it was."""

from tests.support.figures import Figures, Outcome, rows_of, table


def outcome(name: str, *ids: str, passed: bool = True, **counted: int) -> Outcome:
    figures = Figures(**counted)
    return Outcome(name=name, ids=ids, passed=passed, seconds=1.5, seed=7, figures=figures)


def test_what_several_tests_show_of_an_invariant_is_one_row() -> None:
    (row,) = rows_of(
        [
            outcome("test_one", "I-01", cases=10, lost=1),
            outcome("test_two", "I-01", cases=5, doubled=2),
        ]
    )
    assert (row.cases, row.lost, row.doubled, row.seconds) == (15, 1, 2, 3.0)
    assert (row.holds, row.mutant_red, row.seed) == (True, None, 7)


def test_one_test_that_fails_is_enough_for_it_not_to_hold() -> None:
    (row,) = rows_of([outcome("test_one", "I-01", passed=False), outcome("test_two", "I-01")])
    assert not row.holds


def test_a_mutant_counts_no_cases_and_one_that_went_unnoticed_is_enough() -> None:
    seen, unseen = (
        outcome("test_mutant_a", "I-01", cases=3, lost=3),
        outcome("test_mutant_b", "I-01", passed=False),
    )
    (row,) = rows_of([seen, outcome("test_one", "I-01")])
    assert (row.mutant_red, row.cases, row.lost, row.holds) == (True, 1, 0, True)
    for order in ([seen, unseen], [unseen, seen]):
        (row,) = rows_of(order)
        assert row.mutant_red is False


def test_a_test_may_show_several_invariants_and_the_table_has_them_in_order() -> None:
    rows = rows_of([outcome("test_one", "I-24", "I-23", cases=2)])
    assert [row.id for row in rows] == ["I-23", "I-24"]
    heading, first, second = table(rows)
    assert heading.split() == [
        *("id", "cases", "lost", "doubled", "holds", "mutant_red", "seed", "seconds"),
    ]
    assert (first.split()[:2], second.split()[:2]) == (["I-23", "2"], ["I-24", "2"])
