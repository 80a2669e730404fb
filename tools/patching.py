"""The two kinds of patches of Kustomize: strategic merge, and JSON patches (RFC 6902)."""

import copy
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]

# The lists of Kubernetes that are merged by an element's key; every other list is replaced.
MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "ports": ("containerPort", "port"),
}
# Lists that are merged by several keys at once, which is not implemented here.
HARD = {"topologySpreadConstraints", "hostAliases", "ephemeralContainers"}
DIRECTIVE = "$patch"
DELETE, REPLACE = "delete", "replace"


class PatchError(Exception):
    """A patch does not fit what it is applied to, or asks for what is not implemented."""


def strategic_merge(target: Document, patch: Document) -> Document | None:
    """The target with the patch merged into it; None when the patch deletes it.

    Raises:
        PatchError: the patch holds a directive that is not implemented.
    """
    directive = patch.get(DIRECTIVE)
    if directive == DELETE:
        return None
    content = {key: value for key, value in patch.items() if key != DIRECTIVE}
    _refuse_directives(content)
    if directive == REPLACE:
        return copy.deepcopy(content)
    if directive is not None:
        raise PatchError(f"{DIRECTIVE}: {directive} is not implemented.")
    merged = copy.deepcopy(target)
    for key, value in content.items():
        _merge_field(merged, key, value)
    return merged


def _merge_field(merged: Document, key: str, value: Any) -> None:
    present = merged.get(key)
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        fresh = strategic_merge(present if isinstance(present, dict) else {}, value)
        merged.pop(key, None)
        if fresh is not None:
            merged[key] = fresh
    elif present is not None and key in HARD:
        raise PatchError(f"Merging {key} is not implemented.")
    elif isinstance(value, list) and isinstance(present, list) and _merge_key(key, value):
        merged[key] = _merge_list(present, value, _merge_key(key, value))
    else:
        merged[key] = copy.deepcopy(value)


def _merge_key(field: str, entries: list[Any]) -> str:
    """The key by which the entries are told apart; empty for a list that is replaced."""
    keys = MERGE_KEYS.get(field, ())
    found = [key for key in keys if all(isinstance(e, dict) and key in e for e in entries)]
    return found[0] if found and entries else ""


def _merge_list(present: list[Any], entries: list[Any], key: str) -> list[Any]:
    merged = list(present)
    for entry in entries:
        places = [place for place, old in enumerate(merged) if old.get(key) == entry[key]]
        old = merged.pop(places[0]) if places else {}
        fresh = strategic_merge(old, entry)
        if fresh is not None:
            merged.insert(places[0] if places else len(merged), fresh)
    return merged


def _refuse_directives(content: Document) -> None:
    strange = [key for key in content if key.startswith("$")]
    if strange:
        raise PatchError(f"{', '.join(strange)} is not implemented.")


def json_patch(target: Document, operations: list[Document]) -> Document:
    """The target after every operation.

    Raises:
        PatchError: a place does not exist, or an operation is not implemented.
    """
    patched = copy.deepcopy(target)
    for operation in operations:
        place, last = _place(patched, operation["path"])
        try:
            _operate(place, last, operation)
        except (KeyError, IndexError, ValueError, TypeError):
            raise PatchError(f"{operation['path']} does not exist.") from None
    return patched


def _operate(place: Any, last: str, operation: Document) -> None:
    kind = operation["op"]
    if kind == "add" and isinstance(place, list):
        place.insert(len(place) if last == "-" else int(last), operation["value"])
        return
    where = int(last) if isinstance(place, list) else last
    if kind == "replace":
        _ = place[where]
    if kind in {"add", "replace"}:
        place[where] = operation["value"]
    elif kind == "remove":
        del place[where]
    else:
        raise PatchError(f"op {kind} is not implemented.")


def _place(document: Document, path: str) -> tuple[Any, str]:
    """The map or list that holds what a path names, and its key there."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    place: Any = document
    for part in parts[:-1]:
        try:
            place = place[int(part) if isinstance(place, list) else part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise PatchError(f"{path} does not exist.") from None
    return place, parts[-1]
