import io
import re

import pytest
from rich.console import Console

from aosctl.board import Component, State
from aosctl.commands.display import LiveDisplay, PlainDisplay, choose

SERVING = Component(
    name="activity",
    address="127.0.0.1:7420",
    state=State.SERVING,
    since="2031-05-06T07:08:09+00:00",
    note="a note",
)
LONG = "export AOS_API_KEY=" + "k" * 200


def test_lines_are_printed_where_nobody_watches_a_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert isinstance(choose(plain=False), PlainDisplay)
    with PlainDisplay() as display:
        display.show(SERVING)
    line = capsys.readouterr().out
    assert re.fullmatch(r"\d\d:\d\d:\d\d activity +serving +127\.0\.0\.1:7420 a note\n", line)


def test_the_table_shows_the_last_condition_of_each_component(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        "aosctl.commands.display.Console", lambda: Console(file=screen, force_terminal=True)
    )
    with LiveDisplay() as display:
        display.show(SERVING)
        display.say(LONG)
    assert "127.0.0.1:7420" in screen.getvalue()
    assert LONG in screen.getvalue()
