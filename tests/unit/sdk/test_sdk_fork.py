"""A client and a process that forks: never a hang, always a sentence."""

import os
import subprocess
import sys

import pytest

from aos_sdk import AOSClient, ClientUnusable
from aos_sdk._background import Background
from aos_sdk.testing import FakePlane

FORKING = """
import os, sys
from aos_sdk import AOSClient, ClientUnusable
client = AOSClient()
if sys.argv[1] == "used":
    client.get_capabilities()
child = os.fork()
if child == 0:
    for who in ("of the parent", "of the child"):
        try:
            mine = client if who == "of the parent" else AOSClient()
            with mine.run(goal="g", agent=os.environ["AOS_AGENT_ID"]) as run, run.step("s"):
                print(f"the client {who} works")
        except ClientUnusable as error:
            print(f"the client {who} is refused")
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
client.get_capabilities()
client.close()
print("the parent goes on")
"""


@pytest.mark.parametrize(("used", "childs"), [("used", "is refused"), ("unused", "works")])
def test_a_forked_child_is_never_left_to_hang(plane: FakePlane, used: str, childs: str) -> None:
    """A channel opened in the child of a process that has used gRPC would wait for ever."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING, used],
        env={
            **os.environ,
            "AOS_API_KEY": plane.api_key,
            "AOS_BASE_URL": plane.base_url,
            "AOS_AGENT_ID": plane.agent_id,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "the client of the parent is refused",
        f"the client of the child {childs}",
        "the parent goes on",
    ], done.stderr


def test_a_child_makes_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = Background.shared()
    assert Background.shared() is parents
    monkeypatch.setattr(os, "getpid", lambda: parents._process + 1)
    childs = Background.shared()
    assert childs is not parents
    with pytest.raises(ClientUnusable, match="after the fork"):
        parents.refuse_if_forked()
    childs._stop()
    monkeypatch.undo()
    Background._shared = parents


def test_clients_share_one_thread(plane: FakePlane) -> None:
    with plane.client() as one, AOSClient(plane.api_key, plane.base_url) as two:
        assert one._background is two._background
