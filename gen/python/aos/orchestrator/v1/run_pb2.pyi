import datetime

from aos.activity.v1 import run_pb2 as _run_pb2
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_MODE_UNSPECIFIED: _ClassVar[RunMode]
    RUN_MODE_MANAGED: _ClassVar[RunMode]
    RUN_MODE_EXTERNAL: _ClassVar[RunMode]

class CompletionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLETION_STATE_UNSPECIFIED: _ClassVar[CompletionState]
    COMPLETION_STATE_RUNNING: _ClassVar[CompletionState]
    COMPLETION_STATE_COMPENSATING: _ClassVar[CompletionState]
    COMPLETION_STATE_PARKED: _ClassVar[CompletionState]
    COMPLETION_STATE_FINISHED: _ClassVar[CompletionState]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_SUCCEEDED: _ClassVar[Outcome]
    OUTCOME_FAILED: _ClassVar[Outcome]
    OUTCOME_CANCELLED: _ClassVar[Outcome]
RUN_MODE_UNSPECIFIED: RunMode
RUN_MODE_MANAGED: RunMode
RUN_MODE_EXTERNAL: RunMode
COMPLETION_STATE_UNSPECIFIED: CompletionState
COMPLETION_STATE_RUNNING: CompletionState
COMPLETION_STATE_COMPENSATING: CompletionState
COMPLETION_STATE_PARKED: CompletionState
COMPLETION_STATE_FINISHED: CompletionState
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_SUCCEEDED: Outcome
OUTCOME_FAILED: Outcome
OUTCOME_CANCELLED: Outcome

class RunView(_message.Message):
    __slots__ = ("run", "gate", "mode", "completion", "trace_id", "output_json")
    RUN_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    gate: _gate_pb2.Gate
    mode: RunMode
    completion: CompletionState
    trace_id: str
    output_json: str
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., mode: _Optional[_Union[RunMode, str]] = ..., completion: _Optional[_Union[CompletionState, str]] = ..., trace_id: _Optional[str] = ..., output_json: _Optional[str] = ...) -> None: ...

class PlanStep(_message.Message):
    __slots__ = ("name", "skill", "arguments_json", "after")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SKILL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_JSON_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    name: str
    skill: str
    arguments_json: str
    after: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., skill: _Optional[str] = ..., arguments_json: _Optional[str] = ..., after: _Optional[_Iterable[str]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("steps",)
    STEPS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[PlanStep]
    def __init__(self, steps: _Optional[_Iterable[_Union[PlanStep, _Mapping]]] = ...) -> None: ...

class Skill(_message.Message):
    __slots__ = ("name", "description", "arguments_schema_json", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_SCHEMA_JSON_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    arguments_schema_json: str
    kind: _decision_pb2.StepKind
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., arguments_schema_json: _Optional[str] = ..., kind: _Optional[_Union[_decision_pb2.StepKind, str]] = ...) -> None: ...

class SagaStepRecord(_message.Message):
    __slots__ = ("name", "compensation", "attempts", "complete_time", "outcome_json")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMPENSATION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_JSON_FIELD_NUMBER: _ClassVar[int]
    name: str
    compensation: bool
    attempts: int
    complete_time: _timestamp_pb2.Timestamp
    outcome_json: str
    def __init__(self, name: _Optional[str] = ..., compensation: _Optional[bool] = ..., attempts: _Optional[int] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome_json: _Optional[str] = ...) -> None: ...

class Saga(_message.Message):
    __slots__ = ("id", "run_id", "state", "next_step", "attempts", "last_error", "cause", "create_time", "finish_time", "retry_time", "steps", "replays", "is_synthetic", "synthetic_scenario_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEP_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    RETRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    REPLAYS_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    run_id: str
    state: CompletionState
    next_step: str
    attempts: int
    last_error: str
    cause: str
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    retry_time: _timestamp_pb2.Timestamp
    steps: _containers.RepeatedCompositeFieldContainer[SagaStepRecord]
    replays: int
    is_synthetic: bool
    synthetic_scenario_id: str
    def __init__(self, id: _Optional[str] = ..., run_id: _Optional[str] = ..., state: _Optional[_Union[CompletionState, str]] = ..., next_step: _Optional[str] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ..., cause: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[SagaStepRecord, _Mapping]]] = ..., replays: _Optional[int] = ..., is_synthetic: _Optional[bool] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...
