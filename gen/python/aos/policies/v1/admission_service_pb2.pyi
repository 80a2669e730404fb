from aos.options.v1 import access_pb2 as _access_pb2
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import output_pb2 as _output_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AdmitStepsRequest(_message.Message):
    __slots__ = ("questions",)
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.StepQuestion]
    def __init__(self, questions: _Optional[_Iterable[_Union[_decision_pb2.StepQuestion, _Mapping]]] = ...) -> None: ...

class AdmitStepsResponse(_message.Message):
    __slots__ = ("admissions",)
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Admission]
    def __init__(self, admissions: _Optional[_Iterable[_Union[_decision_pb2.Admission, _Mapping]]] = ...) -> None: ...

class AdmitStepsStreamRequest(_message.Message):
    __slots__ = ("questions",)
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.StepQuestion]
    def __init__(self, questions: _Optional[_Iterable[_Union[_decision_pb2.StepQuestion, _Mapping]]] = ...) -> None: ...

class AdmitStepsStreamResponse(_message.Message):
    __slots__ = ("admissions",)
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Admission]
    def __init__(self, admissions: _Optional[_Iterable[_Union[_decision_pb2.Admission, _Mapping]]] = ...) -> None: ...

class InspectOutputRequest(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: _output_pb2.OutputChunk
    def __init__(self, chunk: _Optional[_Union[_output_pb2.OutputChunk, _Mapping]] = ...) -> None: ...

class InspectOutputResponse(_message.Message):
    __slots__ = ("answer",)
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    answer: _output_pb2.OutputAnswer
    def __init__(self, answer: _Optional[_Union[_output_pb2.OutputAnswer, _Mapping]] = ...) -> None: ...

class SettleStepsRequest(_message.Message):
    __slots__ = ("uses",)
    USES_FIELD_NUMBER: _ClassVar[int]
    uses: _containers.RepeatedCompositeFieldContainer[_decision_pb2.StepUse]
    def __init__(self, uses: _Optional[_Iterable[_Union[_decision_pb2.StepUse, _Mapping]]] = ...) -> None: ...

class SettleStepsResponse(_message.Message):
    __slots__ = ("settlements",)
    SETTLEMENTS_FIELD_NUMBER: _ClassVar[int]
    settlements: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Settlement]
    def __init__(self, settlements: _Optional[_Iterable[_Union[_decision_pb2.Settlement, _Mapping]]] = ...) -> None: ...
