import re

import pytest

from bench.__main__ import main
from bench.registry import Measurement, UnknownId, all_measurements, wanted_ids
from bench.row import Row


async def nothing(_context: object) -> list[Row]:
    return []


MEASUREMENTS = [
    Measurement(description="", ids=ids, measure=nothing)
    for ids in (("B-1",), ("P-1",), ("P-4a", "P-4b"), ("P-11",))
]


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ("", {"B-1", "P-1", "P-4a", "P-4b", "P-11"}),
        ("P-1", {"P-1"}),
        ("P-4", {"P-4a", "P-4b"}),
        ("P-4b", {"P-4b"}),
        (" p-4a, B-1,", {"P-4a", "B-1"}),
    ],
)
def test_an_id_names_itself_and_its_parts_and_no_longer_number(only: str, wanted: set[str]) -> None:
    assert wanted_ids(only, MEASUREMENTS) == wanted


def test_an_unknown_id_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownId, match=re.escape("P-9: choose among B-1, P-1, P-4a, P-4b, P-11")):
        wanted_ids("P-4,P-9", MEASUREMENTS)


def test_the_command_refuses_an_unknown_id_in_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--only", "P-404"]) == 2
    assert re.fullmatch(r"bench: Nothing measures P-404: [^\n]+\.\n", capsys.readouterr().err)


def test_help_gives_examples_and_names_every_measurement(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "python -m bench --only P-4,P-11" in shown
    assert [one.description for one in all_measurements() if one.description not in shown] == []


def test_every_id_belongs_to_one_measurement_and_baselines_come_first() -> None:
    ids = [row_id for one in all_measurements() for row_id in one.ids]
    assert len(ids) == len(set(ids))
    letters = [row_id[0] for row_id in ids]
    assert letters == sorted(letters)
    assert letters[0] == "B"
