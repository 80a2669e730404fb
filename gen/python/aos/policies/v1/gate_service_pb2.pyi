from aos.errors.v1 import refusal_pb2 as _refusal_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "project_id", "agent_id", "api_key_id", "human_actor_id", "session_id", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    HUMAN_ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    project_id: str
    agent_id: str
    api_key_id: str
    human_actor_id: str
    session_id: str
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., project_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., human_actor_id: _Optional[str] = ..., session_id: _Optional[str] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class OpenRunResponse(_message.Message):
    __slots__ = ("gate", "content_hash", "threshold_snapshot_hash", "decision")
    GATE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_SNAPSHOT_HASH_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    content_hash: str
    threshold_snapshot_hash: str
    decision: _decision_pb2.Decision
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., content_hash: _Optional[str] = ..., threshold_snapshot_hash: _Optional[str] = ..., decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...

class PreviewRunRequest(_message.Message):
    __slots__ = ("project_id", "agent_id", "api_key_id", "human_actor_id", "session_id")
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    HUMAN_ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    project_id: str
    agent_id: str
    api_key_id: str
    human_actor_id: str
    session_id: str
    def __init__(self, project_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., human_actor_id: _Optional[str] = ..., session_id: _Optional[str] = ...) -> None: ...

class PreviewRunResponse(_message.Message):
    __slots__ = ("policy_ids", "decision")
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    decision: _decision_pb2.Decision
    def __init__(self, policy_ids: _Optional[_Iterable[str]] = ..., decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...

class GetGateRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetGateResponse(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class CloseRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class CloseRunResponse(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class GateClosing(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class CloseRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[GateClosing]
    def __init__(self, runs: _Optional[_Iterable[_Union[GateClosing, _Mapping]]] = ...) -> None: ...

class ClosedGate(_message.Message):
    __slots__ = ("gate", "ended_by", "highest_proximity_percent")
    GATE_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_PROXIMITY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    ended_by: _decision_pb2.Decision
    highest_proximity_percent: int
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., ended_by: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., highest_proximity_percent: _Optional[int] = ...) -> None: ...

class GateClosingResult(_message.Message):
    __slots__ = ("closed", "refusal")
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    closed: ClosedGate
    refusal: _refusal_pb2.Refusal
    def __init__(self, closed: _Optional[_Union[ClosedGate, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class CloseRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[GateClosingResult]
    def __init__(self, results: _Optional[_Iterable[_Union[GateClosingResult, _Mapping]]] = ...) -> None: ...

class ReopenRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[GateClosing]
    def __init__(self, runs: _Optional[_Iterable[_Union[GateClosing, _Mapping]]] = ...) -> None: ...

class GateResult(_message.Message):
    __slots__ = ("gate", "refusal")
    GATE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    refusal: _refusal_pb2.Refusal
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class ReopenRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[GateResult]
    def __init__(self, results: _Optional[_Iterable[_Union[GateResult, _Mapping]]] = ...) -> None: ...

class ReadGatesRequest(_message.Message):
    __slots__ = ("run_ids",)
    RUN_IDS_FIELD_NUMBER: _ClassVar[int]
    run_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ReadGatesResponse(_message.Message):
    __slots__ = ("gates",)
    GATES_FIELD_NUMBER: _ClassVar[int]
    gates: _containers.RepeatedCompositeFieldContainer[_gate_pb2.Gate]
    def __init__(self, gates: _Optional[_Iterable[_Union[_gate_pb2.Gate, _Mapping]]] = ...) -> None: ...

class StopRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class StopRunResponse(_message.Message):
    __slots__ = ("gate", "steps_in_flight")
    GATE_FIELD_NUMBER: _ClassVar[int]
    STEPS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    steps_in_flight: int
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., steps_in_flight: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("gate", "steps_in_flight")
    GATE_FIELD_NUMBER: _ClassVar[int]
    STEPS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    steps_in_flight: int
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., steps_in_flight: _Optional[int] = ...) -> None: ...

class PauseRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "reason", "requires_ack")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_ACK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    reason: str
    requires_ack: bool
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ..., requires_ack: _Optional[bool] = ...) -> None: ...

class PauseRunResponse(_message.Message):
    __slots__ = ("gate", "steps_in_flight")
    GATE_FIELD_NUMBER: _ClassVar[int]
    STEPS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    steps_in_flight: int
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., steps_in_flight: _Optional[int] = ...) -> None: ...

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

class AcknowledgeRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "comment")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    comment: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class AcknowledgeResponse(_message.Message):
    __slots__ = ("gate",)
    GATE_FIELD_NUMBER: _ClassVar[int]
    gate: _gate_pb2.Gate
    def __init__(self, gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...

class CheckRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class CheckRunResponse(_message.Message):
    __slots__ = ("outcome", "policy_ids", "gate")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    outcome: _gate_pb2.CheckOutcome
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    gate: _gate_pb2.Gate
    def __init__(self, outcome: _Optional[_Union[_gate_pb2.CheckOutcome, str]] = ..., policy_ids: _Optional[_Iterable[str]] = ..., gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ...) -> None: ...
