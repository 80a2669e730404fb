from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import policy_pb2 as _policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OutputChunk(_message.Message):
    __slots__ = ("run_id", "step_id", "text", "output_tokens", "last")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    text: str
    output_tokens: int
    last: bool
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., text: _Optional[str] = ..., output_tokens: _Optional[int] = ..., last: _Optional[bool] = ...) -> None: ...

class OutputVerdict(_message.Message):
    __slots__ = ("action", "decision")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    action: _policy_pb2.Action
    decision: _decision_pb2.Decision
    def __init__(self, action: _Optional[_Union[_policy_pb2.Action, str]] = ..., decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...

class OutputAnswer(_message.Message):
    __slots__ = ("run_id", "step_id", "verdict", "refusal")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    step_id: str
    verdict: OutputVerdict
    refusal: _decision_pb2.Refusal
    def __init__(self, run_id: _Optional[str] = ..., step_id: _Optional[str] = ..., verdict: _Optional[_Union[OutputVerdict, _Mapping]] = ..., refusal: _Optional[_Union[_decision_pb2.Refusal, _Mapping]] = ...) -> None: ...
