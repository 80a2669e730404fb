import json
import signal
from pathlib import Path

from aosctl.board import Board, Component, State, read_snapshot
from aosctl.log_reason import exit_reason, last_words


def make_board(path: Path) -> tuple[Board, list[Component]]:
    seen: list[Component] = []
    board = Board(path, watcher=seen.append)
    board.add("activity", address="127.0.0.1:7420", is_service=True)
    return board, seen


def test_every_change_is_written_down_and_told(tmp_path: Path) -> None:
    board, seen = make_board(tmp_path / "state.json")
    board.update("activity", State.SERVING, pid=7)
    (component,) = read_snapshot(tmp_path / "state.json").components
    assert (component.state, component.pid) == (State.SERVING, 7)
    assert [one.state for one in seen] == [State.STARTING, State.SERVING]


def test_saying_the_same_again_is_not_a_change(tmp_path: Path) -> None:
    board, seen = make_board(tmp_path / "state.json")
    board.update("activity", State.SERVING)
    board.update("activity", State.SERVING)
    assert len(seen) == 2


def test_a_new_note_keeps_the_time_of_the_state(tmp_path: Path) -> None:
    board, seen = make_board(tmp_path / "state.json")
    board.update("activity", State.BROKEN, note="first")
    board.update("activity", State.BROKEN, note="second")
    assert seen[-1].note == "second"
    assert seen[-1].since == seen[-2].since


def test_nothing_was_ever_started_here(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "state.json").components == ()


def test_the_reason_is_what_the_log_said_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\n" + json.dumps({"event": "Settings are wrong.", "error": "no"}) + "\n\n")
    assert last_words(log) == "Settings are wrong.: no"
    assert exit_reason(1, log) == "It ended with status 1: Settings are wrong.: no"


def test_a_log_of_plain_text_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Traceback\nValueError: no\n")
    assert last_words(log) == "ValueError: no"


def test_a_signal_is_named_and_the_log_is_not_blamed(tmp_path: Path) -> None:
    assert exit_reason(-signal.SIGKILL, tmp_path / "log") == "It was ended by SIGKILL."
