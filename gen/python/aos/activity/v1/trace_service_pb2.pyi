from aos.activity.v1 import trace_pb2 as _trace_pb2
from aos.errors.v1 import refusal_pb2 as _refusal_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BeginTraceRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "correlation_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    correlation_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., correlation_id: _Optional[str] = ...) -> None: ...

class BeginTraceResponse(_message.Message):
    __slots__ = ("trace",)
    TRACE_FIELD_NUMBER: _ClassVar[int]
    trace: _trace_pb2.Trace
    def __init__(self, trace: _Optional[_Union[_trace_pb2.Trace, _Mapping]] = ...) -> None: ...

class RecordStepsRequest(_message.Message):
    __slots__ = ("trace_id", "steps")
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    steps: _containers.RepeatedCompositeFieldContainer[_trace_pb2.Step]
    def __init__(self, trace_id: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[_trace_pb2.Step, _Mapping]]] = ...) -> None: ...

class RecordStepsResponse(_message.Message):
    __slots__ = ("next_index", "late")
    NEXT_INDEX_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    next_index: int
    late: bool
    def __init__(self, next_index: _Optional[int] = ..., late: _Optional[bool] = ...) -> None: ...

class AppendedStep(_message.Message):
    __slots__ = ("trace_id", "step")
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    step: _trace_pb2.Step
    def __init__(self, trace_id: _Optional[str] = ..., step: _Optional[_Union[_trace_pb2.Step, _Mapping]] = ...) -> None: ...

class AppendStepsRequest(_message.Message):
    __slots__ = ("steps",)
    STEPS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[AppendedStep]
    def __init__(self, steps: _Optional[_Iterable[_Union[AppendedStep, _Mapping]]] = ...) -> None: ...

class StepPlace(_message.Message):
    __slots__ = ("index", "late")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    index: int
    late: bool
    def __init__(self, index: _Optional[int] = ..., late: _Optional[bool] = ...) -> None: ...

class StepReceipt(_message.Message):
    __slots__ = ("place", "refusal")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    place: StepPlace
    refusal: _refusal_pb2.Refusal
    def __init__(self, place: _Optional[_Union[StepPlace, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class AppendStepsResponse(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[StepReceipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[StepReceipt, _Mapping]]] = ...) -> None: ...

class SealTraceRequest(_message.Message):
    __slots__ = ("request_id", "trace_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    trace_id: str
    def __init__(self, request_id: _Optional[str] = ..., trace_id: _Optional[str] = ...) -> None: ...

class SealTraceResponse(_message.Message):
    __slots__ = ("trace",)
    TRACE_FIELD_NUMBER: _ClassVar[int]
    trace: _trace_pb2.Trace
    def __init__(self, trace: _Optional[_Union[_trace_pb2.Trace, _Mapping]] = ...) -> None: ...

class GetTraceRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetTraceResponse(_message.Message):
    __slots__ = ("trace",)
    TRACE_FIELD_NUMBER: _ClassVar[int]
    trace: _trace_pb2.Trace
    def __init__(self, trace: _Optional[_Union[_trace_pb2.Trace, _Mapping]] = ...) -> None: ...

class ListStepsRequest(_message.Message):
    __slots__ = ("trace_id", "page_size", "page_token")
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    page_size: int
    page_token: str
    def __init__(self, trace_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStepsResponse(_message.Message):
    __slots__ = ("steps", "next_page_token")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[_trace_pb2.RecordedStep]
    next_page_token: str
    def __init__(self, steps: _Optional[_Iterable[_Union[_trace_pb2.RecordedStep, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
