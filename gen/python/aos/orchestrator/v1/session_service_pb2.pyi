import datetime

from aos.activity.v1 import trace_pb2 as _trace_pb2
from aos.errors.v1 import refusal_pb2 as _refusal_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from aos.orchestrator.v1 import run_pb2 as _run_pb2
from aos.orchestrator.v1 import run_service_pb2 as _run_service_pb2
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Hello(_message.Message):
    __slots__ = ("session_id", "client")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    client: str
    def __init__(self, session_id: _Optional[str] = ..., client: _Optional[str] = ...) -> None: ...

class AttachRun(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class StepIntent(_message.Message):
    __slots__ = ("question",)
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    question: _decision_pb2.StepQuestion
    def __init__(self, question: _Optional[_Union[_decision_pb2.StepQuestion, _Mapping]] = ...) -> None: ...

class StepResult(_message.Message):
    __slots__ = ("run_id", "step")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step: _trace_pb2.Step
    def __init__(self, run_id: _Optional[str] = ..., step: _Optional[_Union[_trace_pb2.Step, _Mapping]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("run_ids",)
    RUN_IDS_FIELD_NUMBER: _ClassVar[int]
    run_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class DirectiveObeyed(_message.Message):
    __slots__ = ("run_id", "epoch")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    epoch: int
    def __init__(self, run_id: _Optional[str] = ..., epoch: _Optional[int] = ...) -> None: ...

class SessionRequest(_message.Message):
    __slots__ = ("sequence", "hello", "create", "attach", "step", "result", "heartbeat", "complete", "obeyed")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    OBEYED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    hello: Hello
    create: _run_service_pb2.CreateRunRequest
    attach: AttachRun
    step: StepIntent
    result: StepResult
    heartbeat: Heartbeat
    complete: _run_service_pb2.CompleteRunRequest
    obeyed: DirectiveObeyed
    def __init__(self, sequence: _Optional[int] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., create: _Optional[_Union[_run_service_pb2.CreateRunRequest, _Mapping]] = ..., attach: _Optional[_Union[AttachRun, _Mapping]] = ..., step: _Optional[_Union[StepIntent, _Mapping]] = ..., result: _Optional[_Union[StepResult, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., complete: _Optional[_Union[_run_service_pb2.CompleteRunRequest, _Mapping]] = ..., obeyed: _Optional[_Union[DirectiveObeyed, _Mapping]] = ...) -> None: ...

class Permit(_message.Message):
    __slots__ = ("run_id", "epoch", "valid_for")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VALID_FOR_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    epoch: int
    valid_for: _duration_pb2.Duration
    def __init__(self, run_id: _Optional[str] = ..., epoch: _Optional[int] = ..., valid_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("heartbeat_every", "permit_for")
    HEARTBEAT_EVERY_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FOR_FIELD_NUMBER: _ClassVar[int]
    heartbeat_every: _duration_pb2.Duration
    permit_for: _duration_pb2.Duration
    def __init__(self, heartbeat_every: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., permit_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RunHeld(_message.Message):
    __slots__ = ("run", "start_decision", "permit", "on_unreachable")
    RUN_FIELD_NUMBER: _ClassVar[int]
    START_DECISION_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    ON_UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.RunView
    start_decision: _decision_pb2.Decision
    permit: Permit
    on_unreachable: _policy_pb2.FailureMode
    def __init__(self, run: _Optional[_Union[_run_pb2.RunView, _Mapping]] = ..., start_decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., permit: _Optional[_Union[Permit, _Mapping]] = ..., on_unreachable: _Optional[_Union[_policy_pb2.FailureMode, str]] = ...) -> None: ...

class StepDecided(_message.Message):
    __slots__ = ("decision", "permit")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    permit: Permit
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., permit: _Optional[_Union[Permit, _Mapping]] = ...) -> None: ...

class ResultRecorded(_message.Message):
    __slots__ = ("run_id", "step_id", "index", "late")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    index: int
    late: bool
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., index: _Optional[int] = ..., late: _Optional[bool] = ...) -> None: ...

class Renewed(_message.Message):
    __slots__ = ("permits",)
    PERMITS_FIELD_NUMBER: _ClassVar[int]
    permits: _containers.RepeatedCompositeFieldContainer[Permit]
    def __init__(self, permits: _Optional[_Iterable[_Union[Permit, _Mapping]]] = ...) -> None: ...

class RunCompleting(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class Noted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Directive(_message.Message):
    __slots__ = ("run_id", "outcome", "gate_state", "epoch", "reason")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    GATE_STATE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    outcome: _gate_pb2.CheckOutcome
    gate_state: _gate_pb2.GateState
    epoch: int
    reason: str
    def __init__(self, run_id: _Optional[str] = ..., outcome: _Optional[_Union[_gate_pb2.CheckOutcome, str]] = ..., gate_state: _Optional[_Union[_gate_pb2.GateState, str]] = ..., epoch: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class SessionResponse(_message.Message):
    __slots__ = ("answers", "welcome", "held", "decided", "recorded", "renewed", "completing", "noted", "directive", "refused")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    RENEWED_FIELD_NUMBER: _ClassVar[int]
    COMPLETING_FIELD_NUMBER: _ClassVar[int]
    NOTED_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    answers: int
    welcome: Welcome
    held: RunHeld
    decided: StepDecided
    recorded: ResultRecorded
    renewed: Renewed
    completing: RunCompleting
    noted: Noted
    directive: Directive
    refused: _refusal_pb2.Refusal
    def __init__(self, answers: _Optional[int] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., held: _Optional[_Union[RunHeld, _Mapping]] = ..., decided: _Optional[_Union[StepDecided, _Mapping]] = ..., recorded: _Optional[_Union[ResultRecorded, _Mapping]] = ..., renewed: _Optional[_Union[Renewed, _Mapping]] = ..., completing: _Optional[_Union[RunCompleting, _Mapping]] = ..., noted: _Optional[_Union[Noted, _Mapping]] = ..., directive: _Optional[_Union[Directive, _Mapping]] = ..., refused: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...
