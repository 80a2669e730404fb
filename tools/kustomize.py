"""Renders our Kustomize folders offline, as far as our files use Kustomize, and refuses the rest.

`python -m tools.kustomize deploy/kubernetes/overlays/dev` prints what `kubectl kustomize` prints,
in another order. A field that is not implemented here is an error and never ignored: checking
something else than what will be applied is worth nothing.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tools.patching import PatchError, json_patch, strategic_merge
from tools.transforming import (
    Document,
    Documents,
    KustomizeError,
    add_labels,
    only,
    set_images,
    set_namespace,
    set_replicas,
)

KUSTOMIZATION = "kustomization.yaml"
HEADER = {"apiVersion", "kind"}
SELECTED = {"kind", "name", "labelSelector"}
# Marks what was generated until its name has got its digest.
GENERATED = "aos/generated"
REFERENCES = {"configMap", "configMapRef", "configMapKeyRef"}
# What Kustomize writes instead of digits and letters that could form words.
LETTERS = str.maketrans({"0": "g", "1": "h", "3": "k", "a": "m", "e": "t"})


def render(folder: Path) -> Documents:
    """Every document that applying the folder would apply.

    Raises:
        KustomizeError: something is missing, or is not implemented here.
    """
    documents = _accumulate(folder.resolve(), [])
    digests = {
        document["metadata"]["name"]: _digest(document)
        for document in documents
        if document.pop(GENERATED, False)
    }
    for document in documents:
        if document["kind"] == "ConfigMap":
            document["metadata"] = _named(document["metadata"], digests)
        _refer(document, digests)
    return documents


def _accumulate(folder: Path, documents: Documents) -> Documents:
    """What a folder makes of the documents before it: none for a resource, all for a component."""
    path = folder / KUSTOMIZATION
    if not path.is_file():
        raise KustomizeError(f"{folder} has no {KUSTOMIZATION}.")
    kustomization = yaml.safe_load(path.read_text())
    try:
        only(kustomization, HEADER | STEPS.keys())
        for field, step in STEPS.items():
            if field in kustomization:
                documents = step(folder, documents, kustomization[field])
    except KustomizeError as error:
        raise KustomizeError(f"{folder.name}: {error}") from error
    _refuse_twins(documents)
    return documents


def _refuse_twins(documents: Documents) -> None:
    names = [_identity(document) for document in documents]
    twins = sorted({str(name) for name in names if names.count(name) > 1})
    if twins:
        raise KustomizeError(f"{', '.join(twins)} is there twice.")


def _resources(folder: Path, documents: Documents, entries: list[str]) -> Documents:
    found = list(documents)
    for entry in entries:
        path = (folder / entry).resolve()
        if folder.is_relative_to(path):
            raise KustomizeError(f"{entry} contains {folder}, which Kustomize takes for a cycle.")
        if path.is_dir():
            found += _accumulate(path, [])
        else:
            found += [each for each in yaml.safe_load_all(_inside(folder, entry)) if each]
    return found


def _components(folder: Path, documents: Documents, entries: list[str]) -> Documents:
    for entry in entries:
        documents = _accumulate((folder / entry).resolve(), documents)
    return documents


def _config_maps(folder: Path, documents: Documents, entries: Documents) -> Documents:
    return [*documents, *(_config_map(folder, entry) for entry in entries)]


def _config_map(folder: Path, entry: Document) -> Document:
    options = entry.get("options", {})
    only(entry, {"name", "files", "options"})
    only(options, {"labels"})
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": entry["name"], **options},
        "data": {Path(name).name: _inside(folder, name) for name in entry["files"]},
        GENERATED: True,
    }


def _inside(folder: Path, name: str) -> str:
    """Read a file of the folder; Kustomize refuses others, so that a folder can be moved."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise KustomizeError(f"{name} is outside of {folder}.")
    if not path.is_file():
        raise KustomizeError(f"There is no file {name} in {folder}.")
    return path.read_text()


def _digest(document: Document) -> str:
    # Kustomize leaves the name out, although the field is there.
    content = {"kind": "ConfigMap", "name": "", "data": document["data"]}
    text = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return hashlib.sha256(text.encode()).hexdigest()[:10].translate(LETTERS)


def _named(metadata: Document, digests: dict[str, str]) -> Document:
    """The name with its digest, so that a changed file rolls out what reads it."""
    name = metadata["name"]
    return {**metadata, "name": f"{name}-{digests[name]}"} if name in digests else metadata


def _refer(node: Any, digests: dict[str, str]) -> None:
    """Refer to generated config maps by their new names, wherever pods read them."""
    if isinstance(node, list):
        for entry in node:
            _refer(entry, digests)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in REFERENCES and isinstance(value, dict) and "name" in value:
            node[key] = _named(value, digests)
        _refer(value, digests)


def _patches(folder: Path, documents: Documents, entries: Documents) -> Documents:
    for entry in entries:
        only(entry, {"path", "patch", "target"})
        only(entry.get("target", {}), SELECTED)
        text = entry["patch"] if "patch" in entry else _inside(folder, entry["path"])
        for patch in yaml.safe_load_all(text):
            documents = _patch(documents, patch, entry.get("target"))
    return documents


def _patch(documents: Documents, patch: Any, target: Document | None) -> Documents:
    chosen = [
        _is_chosen(document, target) if target else _identity(document) == _identity(patch)
        for document in documents
    ]
    if not any(chosen):
        raise KustomizeError(f"Nothing is meant by the patch of {target or _identity(patch)}.")
    patched = [
        _patched(document, patch) if is_meant else document
        for document, is_meant in zip(documents, chosen, strict=True)
    ]
    return [document for document in patched if document is not None]


def _patched(document: Document, patch: Any) -> Document | None:
    try:
        if isinstance(patch, list):
            return json_patch(document, patch)
        meant = {key: value for key, value in patch.items() if key not in HEADER}
        # The name in a patch for many documents is nobody's.
        meant["metadata"] = {
            key: value for key, value in patch.get("metadata", {}).items() if key != "name"
        }
        return strategic_merge(document, meant)
    except PatchError as error:
        raise KustomizeError(f"{_identity(document)}: {error}") from error


def _is_chosen(document: Document, target: Document) -> bool:
    metadata = document["metadata"]
    wanted = dict(part.split("=") for part in target.get("labelSelector", "").split(",") if part)
    kind, name = document["kind"], metadata["name"]
    if (target.get("kind", kind), target.get("name", name)) != (kind, name):
        return False
    labels: dict[str, str] = metadata.get("labels", {})
    return wanted.items() <= labels.items()


def _identity(document: Document) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]


Step: TypeAlias = Callable[[Path, Documents, Any], Documents]
# In the order in which Kustomize takes them.
STEPS: dict[str, Step] = {
    "resources": _resources,
    "components": _components,
    "configMapGenerator": _config_maps,
    "patches": _patches,
    "namespace": lambda _, documents, name: set_namespace(documents, name),
    "labels": lambda _, documents, entries: add_labels(documents, entries),
    "replicas": lambda _, documents, entries: set_replicas(documents, entries),
    "images": lambda _, documents, entries: set_images(documents, entries),
}


def main() -> None:
    """Print a folder as it would be applied."""
    try:
        documents = render(Path(sys.argv[1]))
    except KustomizeError as error:
        sys.exit(str(error))
    print(yaml.safe_dump_all(documents, sort_keys=False), end="")


if __name__ == "__main__":
    main()
