"""The contracts, as classes: made from shipped descriptors, in a registry of our own.

To the type checker they are the generated modules of the same names, which are not shipped.
"""

from importlib import resources
from types import SimpleNamespace
from typing import TYPE_CHECKING

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

if TYPE_CHECKING:
    from google.rpc import error_details_pb2, status_pb2

    from aos.activity.v1 import run_pb2 as activity_run_pb2
    from aos.activity.v1 import trace_pb2
    from aos.errors.v1 import refusal_pb2
    from aos.orchestrator.v1 import (
        entry_service_pb2,
        run_pb2,
        run_service_pb2,
        session_service_pb2,
    )
    from aos.policies.v1 import decision_pb2, gate_pb2, policy_pb2
else:

    class _Enumeration:
        """Names of the values of an enumeration; ValueError where there is none."""

        def __init__(self, descriptor: EnumDescriptor) -> None:
            self._descriptor = descriptor

        def Name(self, number: int) -> str:  # noqa: N802
            """Name of a value, as generated classes say it."""
            if number not in self._descriptor.values_by_number:
                raise ValueError(f"{self._descriptor.name} knows no {number}.")
            return self._descriptor.values_by_number[number].name

        def Value(self, name: str) -> int:  # noqa: N802
            """Value of a name."""
            if name not in self._descriptor.values_by_name:
                raise ValueError(f"{self._descriptor.name} knows no {name}.")
            return self._descriptor.values_by_name[name].number

    def _load() -> DescriptorPool:
        """Read the descriptors that the package ships."""
        shipped = resources.files("aos_sdk").joinpath("contract.binpb").read_bytes()
        pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(shipped).file:
            pool.AddSerializedFile(file.SerializeToString())
        return pool

    def _module(pool: DescriptorPool, name: str) -> SimpleNamespace:
        """What a generated module would hold: messages, enumerations and their values."""
        file = pool.FindFileByName(f"{name}.proto")
        module = SimpleNamespace()
        for message in file.message_types_by_name.values():
            setattr(module, message.name, GetMessageClass(message))
        for enumeration in file.enum_types_by_name.values():
            setattr(module, enumeration.name, _Enumeration(enumeration))
            for value in enumeration.values:
                setattr(module, value.name, value.number)
        return module

    _POOL = _load()
    status_pb2 = _module(_POOL, "google/rpc/status")
    error_details_pb2 = _module(_POOL, "google/rpc/error_details")
    activity_run_pb2 = _module(_POOL, "aos/activity/v1/run")
    trace_pb2 = _module(_POOL, "aos/activity/v1/trace")
    refusal_pb2 = _module(_POOL, "aos/errors/v1/refusal")
    entry_service_pb2 = _module(_POOL, "aos/orchestrator/v1/entry_service")
    run_pb2 = _module(_POOL, "aos/orchestrator/v1/run")
    run_service_pb2 = _module(_POOL, "aos/orchestrator/v1/run_service")
    session_service_pb2 = _module(_POOL, "aos/orchestrator/v1/session_service")
    decision_pb2 = _module(_POOL, "aos/policies/v1/decision")
    gate_pb2 = _module(_POOL, "aos/policies/v1/gate")
    policy_pb2 = _module(_POOL, "aos/policies/v1/policy")

ENTRY_SERVICE = "aos.orchestrator.v1.EntryService"
RUN_SERVICE = "aos.orchestrator.v1.RunService"
SESSION_SERVICE = "aos.orchestrator.v1.RunSessionService"

__all__ = [
    "ENTRY_SERVICE",
    "RUN_SERVICE",
    "SESSION_SERVICE",
    "activity_run_pb2",
    "decision_pb2",
    "entry_service_pb2",
    "error_details_pb2",
    "gate_pb2",
    "policy_pb2",
    "refusal_pb2",
    "run_pb2",
    "run_service_pb2",
    "session_service_pb2",
    "status_pb2",
    "trace_pb2",
]
