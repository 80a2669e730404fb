from aos.orchestrator.v1 import contract_pb2 as _contract_pb2
from aos.orchestrator.v1 import run_pb2 as _run_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContractWritten(_message.Message):
    __slots__ = ("contract",)
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    contract: _contract_pb2.RunContract
    def __init__(self, contract: _Optional[_Union[_contract_pb2.RunContract, _Mapping]] = ...) -> None: ...

class CompletionBegun(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class CompletionParked(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class CompletionReplayed(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...

class CompletionFinished(_message.Message):
    __slots__ = ("saga",)
    SAGA_FIELD_NUMBER: _ClassVar[int]
    saga: _run_pb2.Saga
    def __init__(self, saga: _Optional[_Union[_run_pb2.Saga, _Mapping]] = ...) -> None: ...
