"""The CloudEvents codec, subjects and declarations."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.events import Event, UndecodableEvent, parse
from servicekit.jetstream.topology import Topology, subject_matches
from servicekit.settings import ROOT

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=30)


def event(**fields: object) -> Event:
    values = {
        "event_id": "evt_1",
        "tenant_id": "ten_a",
        "source": "activity",
        "event_type": "run_created",
        "aggregate_id": "run_1",
        "sequence": 3,
        "time": datetime(2030, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "body": b"\x00\x01",
        **fields,
    }
    return Event(**values)  # type: ignore[arg-type]


@given(TEXT, st.binary(max_size=50), st.integers(1, 2**60))
def test_an_event_survives_the_journey(aggregate: str, body: bytes, sequence: int) -> None:
    sent = event(aggregate_id=aggregate, body=body, sequence=sequence, traceparent="00-1-2-01")
    headers = sent.headers()
    assert all(value.isascii() and not set(value) & set(' "\r\n') for value in headers.values())
    assert parse(sent.subject, headers, body) == sent


def test_attributes_are_those_of_cloudevents_in_binary_mode() -> None:
    headers = event().headers()
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "aos.activity.v1.run_created"
    assert headers["ce-source"] == "//aos/activity"
    assert headers["ce-datacontenttype"] == "application/protobuf"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.pop("ce-id"),
        lambda headers: headers.update({"ce-sequence": "three"}),
        lambda headers: headers.update({"ce-time": "yesterday"}),
        lambda headers: headers.update({"ce-tenantid": "ten_b"}),
        lambda headers: headers.update({"ce-source": "//aos/policies"}),
        lambda headers: headers.clear(),
    ],
)
def test_what_does_not_fit_together_is_no_event(spoil: object) -> None:
    headers = event().headers()
    spoil(headers)  # type: ignore[operator]
    with pytest.raises(UndecodableEvent):
        parse(event().subject, headers, b"")


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        (">", "a.b", True),
        ("*.b", "a.b", True),
        ("a.b.c", "a.b", False),
    ],
)
def test_subjects_match_as_on_the_server(pattern: str, subject: str, matches: bool) -> None:
    assert subject_matches(pattern, subject) is matches


def test_the_declared_topology_tells_who_awaits_an_event() -> None:
    topology = Topology.read(ROOT / "deploy" / "nats" / "topology.yaml")
    assert topology.awaiting("aos.v1.canary-own.activity.canary") == ["activity-canary"]
    assert topology.awaiting("aos.v1.ten_a.nobody.cares") == []
