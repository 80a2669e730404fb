"""Write the part of the contracts that the SDK speaks into one file that it ships.

Generated classes may not be used with a protobuf that is older than their generator, and they put
themselves under import names (`aos`, `buf`) and into a registry that other packages use as well.
The SDK ships descriptors instead and has its classes made when it is imported, in a registry of its
own: it works with every protobuf that has that interface, and stands in nobody's way.

Run it after a change of the contracts; a test compares the file with them:

    .venv/bin/python sdk/python/make_contract.py
"""

from pathlib import Path

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from aos.orchestrator.v1 import entry_service_pb2, run_service_pb2, session_service_pb2

TARGET = Path(__file__).parent / "src" / "aos_sdk" / "contract.binpb"
_SPOKEN = (entry_service_pb2, run_service_pb2, session_service_pb2, status_pb2, error_details_pb2)
# Rules of validation and access stand in extensions of options, which only servers read.
_ONLY_FOR_SERVERS = ("buf/", "aos/options/", "google/protobuf/descriptor.proto")


def contract() -> bytes:
    """What the SDK must know of the contracts, without comments and rules for servers."""
    files: dict[str, FileDescriptorProto] = {}
    for module in _SPOKEN:
        _collect(module.DESCRIPTOR, files)
    return FileDescriptorSet(file=files.values()).SerializeToString(deterministic=True)


def _collect(file: FileDescriptor, files: dict[str, FileDescriptorProto]) -> None:
    """Add a file after all that it needs, which is the order in which they must be loaded."""
    if file.name in files or file.name.startswith(_ONLY_FOR_SERVERS):
        return
    for needed in file.dependencies:
        _collect(needed, files)
    bare = FileDescriptorProto()
    file.CopyToProto(bare)
    _strip_extensions(bare)
    kept = [name for name in bare.dependency if name in files]
    bare.ClearField("dependency")
    bare.dependency.extend(kept)
    files[file.name] = bare


def _strip_extensions(message: Message) -> None:
    """Clear what others have added to options; what protobuf itself says there is needed."""
    for field, value in message.ListFields():
        if field.is_extension:
            message.ClearExtension(field)  # type: ignore[arg-type]
        elif field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                _strip_extensions(part)
    message.DiscardUnknownFields()


if __name__ == "__main__":
    TARGET.write_bytes(contract())
