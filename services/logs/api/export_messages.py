"""Exports as messages, and messages as what is to be recorded."""

from typing import Any

from aos.logs.v1 import export_pb2
from services.logs.api.ledger_messages import ACTORS
from services.logs.domain.export import Export, ExportKind
from services.logs.usecases.exports import RecordExport

_KINDS: dict[ExportKind, Any] = {
    kind: export_pb2.ExportKind.Value(f"EXPORT_KIND_{kind.name}") for kind in ExportKind
}
_KIND_OF = {value: kind for kind, value in _KINDS.items()}


def to_record_export(message: export_pb2.Export) -> RecordExport:
    """Read what is being exported; who exports it is known from the credential."""
    return RecordExport(
        kind=_KIND_OF[message.kind],
        subject=message.subject,
        tree_size=message.tree_size,
        content_sha256=message.content_sha256.hex(),
        size_bytes=message.size_bytes,
    )


def from_export(export: Export) -> export_pb2.Export:
    """Write an export."""
    message = export_pb2.Export(
        export_id=export.id,
        kind=_KINDS[export.kind],
        subject=export.subject,
        tree_size=export.tree_size,
        content_sha256=bytes.fromhex(export.content_sha256),
        size_bytes=export.size_bytes,
        actor_type=ACTORS[export.actor_type],
        actor_id=export.actor_id,
    )
    message.export_time.FromDatetime(export.exported_at)
    return message
