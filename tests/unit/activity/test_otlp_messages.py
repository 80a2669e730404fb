"""OTLP messages as they are read: every kind of value, piece by piece."""

import json
import os

from opentelemetry.proto.common.v1 import common_pb2

from kernel.principal import Principal
from services.activity.api.otlp_messages import SPANS_AT_A_STRETCH, Tally, answer, to_commands
from tests.support.identities import somebody
from tests.support.telemetry import attribute, export_of, project, span

Value = common_pb2.AnyValue


def somewhere() -> Principal:
    return somebody("agent", project=project())


def test_values_of_every_kind_become_what_json_can_hold() -> None:
    one = span(os.urandom(16), text="a", number=1, ratio=0.5, nothing=float("nan"), yes=True)
    pairs = [attribute("inner", "b"), common_pb2.KeyValue(key="unset")]
    one.attributes.extend(
        [
            common_pb2.KeyValue(
                key="list", value=Value(array_value={"values": [Value(int_value=1), Value()]})
            ),
            common_pb2.KeyValue(key="map", value=Value(kvlist_value={"values": pairs})),
            common_pb2.KeyValue(key="bytes", value=Value(bytes_value=b"\x00\xff")),
        ]
    )
    (command,) = to_commands(export_of(one), somewhere(), Tally())
    (reported,) = command.traces.values()
    assert json.loads(reported.spans[0].meaning.params_json) == {
        "text": "a",
        "number": 1,
        "ratio": 0.5,
        "nothing": "nan",
        "yes": True,
        "list": [1, None],
        "map": {"inner": "b", "unset": None},
        "bytes": "AP8=",
    }


def test_a_large_export_is_read_in_stretches_of_which_none_is_too_long() -> None:
    trace_id = os.urandom(16)
    request = export_of(*(span(trace_id) for _ in range(2 * SPANS_AT_A_STRETCH + 1)))
    commands = list(to_commands(request, somewhere(), Tally()))
    sizes = [sum(len(told.spans) for told in command.traces.values()) for command in commands]
    assert sizes == [SPANS_AT_A_STRETCH, SPANS_AT_A_STRETCH, 1]


def test_spans_of_several_resources_travel_together_by_their_traces() -> None:
    first, second = os.urandom(16), os.urandom(16)
    request = export_of(span(first), span(second), service__name="desk")
    request.MergeFrom(export_of(span(first), service__name="back office"))
    (command,) = to_commands(request, somewhere(), Tally())
    assert {key: len(told.spans) for key, told in command.traces.items()} == {first: 2, second: 1}
    assert command.traces[first].origin.service_name == "desk"


def test_where_everything_was_taken_nothing_is_said() -> None:
    tally = Tally()
    list(to_commands(export_of(span(os.urandom(16))), somewhere(), tally))
    assert answer(tally).ByteSize() == 0


def test_a_parent_of_zeros_is_no_parent() -> None:
    (command,) = to_commands(export_of(span(b"t" * 16, parent=bytes(8))), somewhere(), Tally())
    assert command.traces[b"t" * 16].spans[0].is_root
