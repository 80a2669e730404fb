import datetime

from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MetricsGrouping(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METRICS_GROUPING_UNSPECIFIED: _ClassVar[MetricsGrouping]
    METRICS_GROUPING_AGENT: _ClassVar[MetricsGrouping]
    METRICS_GROUPING_PROJECT: _ClassVar[MetricsGrouping]
    METRICS_GROUPING_HOUR: _ClassVar[MetricsGrouping]
    METRICS_GROUPING_MODEL: _ClassVar[MetricsGrouping]
METRICS_GROUPING_UNSPECIFIED: MetricsGrouping
METRICS_GROUPING_AGENT: MetricsGrouping
METRICS_GROUPING_PROJECT: MetricsGrouping
METRICS_GROUPING_HOUR: MetricsGrouping
METRICS_GROUPING_MODEL: MetricsGrouping

class GetRunMetricsRequest(_message.Message):
    __slots__ = ("from_time", "before_time", "grouping", "include_synthetic")
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    GROUPING_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    from_time: _timestamp_pb2.Timestamp
    before_time: _timestamp_pb2.Timestamp
    grouping: MetricsGrouping
    include_synthetic: bool
    def __init__(self, from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., before_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grouping: _Optional[_Union[MetricsGrouping, str]] = ..., include_synthetic: _Optional[bool] = ...) -> None: ...

class RunMetrics(_message.Message):
    __slots__ = ("group", "runs", "succeeded", "failed", "failed_policy", "cancelled", "input_tokens", "output_tokens", "cost_micro_usd", "duration_p50_ms", "duration_p95_ms", "duration_p99_ms")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    FAILED_POLICY_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    DURATION_P50_MS_FIELD_NUMBER: _ClassVar[int]
    DURATION_P95_MS_FIELD_NUMBER: _ClassVar[int]
    DURATION_P99_MS_FIELD_NUMBER: _ClassVar[int]
    group: str
    runs: int
    succeeded: int
    failed: int
    failed_policy: int
    cancelled: int
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    duration_p50_ms: int
    duration_p95_ms: int
    duration_p99_ms: int
    def __init__(self, group: _Optional[str] = ..., runs: _Optional[int] = ..., succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., failed_policy: _Optional[int] = ..., cancelled: _Optional[int] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micro_usd: _Optional[int] = ..., duration_p50_ms: _Optional[int] = ..., duration_p95_ms: _Optional[int] = ..., duration_p99_ms: _Optional[int] = ...) -> None: ...

class GetRunMetricsResponse(_message.Message):
    __slots__ = ("metrics",)
    METRICS_FIELD_NUMBER: _ClassVar[int]
    metrics: _containers.RepeatedCompositeFieldContainer[RunMetrics]
    def __init__(self, metrics: _Optional[_Iterable[_Union[RunMetrics, _Mapping]]] = ...) -> None: ...
