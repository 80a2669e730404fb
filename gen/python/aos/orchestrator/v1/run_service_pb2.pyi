import datetime

from aos.options.v1 import access_pb2 as _access_pb2
from aos.orchestrator.v1 import run_pb2 as _run_pb2
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateRunRequest(_message.Message):
    __slots__ = ("request_id", "agent_id", "goal", "mode", "session_id", "synthetic_scenario_id", "plan")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    agent_id: str
    goal: str
    mode: _run_pb2.RunMode
    session_id: str
    synthetic_scenario_id: str
    plan: _run_pb2.Plan
    def __init__(self, request_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., goal: _Optional[str] = ..., mode: _Optional[_Union[_run_pb2.RunMode, str]] = ..., session_id: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ..., plan: _Optional[_Union[_run_pb2.Plan, _Mapping]] = ...) -> None: ...

class CreateRunResponse(_message.Message):
    __slots__ = ("run", "start_decision")
    RUN_FIELD_NUMBER: _ClassVar[int]
    START_DECISION_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.RunView
    start_decision: _decision_pb2.Decision
    def __init__(self, run: _Optional[_Union[_run_pb2.RunView, _Mapping]] = ..., start_decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.RunView
    def __init__(self, run: _Optional[_Union[_run_pb2.RunView, _Mapping]] = ...) -> None: ...

class CompleteRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "outcome")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    outcome: _run_pb2.Outcome
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., outcome: _Optional[_Union[_run_pb2.Outcome, str]] = ...) -> None: ...

class CompleteRunResponse(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class CancelRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelRunResponse(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class PauseRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PauseRunResponse(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class ResumeRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ResumeRunResponse(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class StopRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Halt(_message.Message):
    __slots__ = ("run_id", "gate", "accept_time", "confirmed", "confirm_time", "steps_in_flight")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_TIME_FIELD_NUMBER: _ClassVar[int]
    STEPS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    gate: _gate_pb2.Gate
    accept_time: _timestamp_pb2.Timestamp
    confirmed: bool
    confirm_time: _timestamp_pb2.Timestamp
    steps_in_flight: int
    def __init__(self, run_id: _Optional[str] = ..., gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., accept_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirmed: _Optional[bool] = ..., confirm_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., steps_in_flight: _Optional[int] = ...) -> None: ...

class StopRunResponse(_message.Message):
    __slots__ = ("halt",)
    HALT_FIELD_NUMBER: _ClassVar[int]
    halt: Halt
    def __init__(self, halt: _Optional[_Union[Halt, _Mapping]] = ...) -> None: ...

class KillRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class KillRunResponse(_message.Message):
    __slots__ = ("halt",)
    HALT_FIELD_NUMBER: _ClassVar[int]
    halt: Halt
    def __init__(self, halt: _Optional[_Union[Halt, _Mapping]] = ...) -> None: ...

class GetHaltRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetHaltResponse(_message.Message):
    __slots__ = ("halt",)
    HALT_FIELD_NUMBER: _ClassVar[int]
    halt: Halt
    def __init__(self, halt: _Optional[_Union[Halt, _Mapping]] = ...) -> None: ...

class SimulateRequest(_message.Message):
    __slots__ = ("agent_id", "goal", "plan")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    goal: str
    plan: _run_pb2.Plan
    def __init__(self, agent_id: _Optional[str] = ..., goal: _Optional[str] = ..., plan: _Optional[_Union[_run_pb2.Plan, _Mapping]] = ...) -> None: ...

class SimulateResponse(_message.Message):
    __slots__ = ("policy_ids", "start_decision", "estimated_cost_micro_usd", "refusal")
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    START_DECISION_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    start_decision: _decision_pb2.Decision
    estimated_cost_micro_usd: int
    refusal: str
    def __init__(self, policy_ids: _Optional[_Iterable[str]] = ..., start_decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., estimated_cost_micro_usd: _Optional[int] = ..., refusal: _Optional[str] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("skills", "plane_ids", "policy_ids", "profile", "accepts_runs")
    SKILLS_FIELD_NUMBER: _ClassVar[int]
    PLANE_IDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTS_RUNS_FIELD_NUMBER: _ClassVar[int]
    skills: _containers.RepeatedCompositeFieldContainer[_run_pb2.Skill]
    plane_ids: _containers.RepeatedScalarFieldContainer[str]
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    profile: str
    accepts_runs: bool
    def __init__(self, skills: _Optional[_Iterable[_Union[_run_pb2.Skill, _Mapping]]] = ..., plane_ids: _Optional[_Iterable[str]] = ..., policy_ids: _Optional[_Iterable[str]] = ..., profile: _Optional[str] = ..., accepts_runs: _Optional[bool] = ...) -> None: ...
