"""The transformations of Kustomize that our files use, each over all documents."""

from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
Documents: TypeAlias = list[Document]

# Kinds that belong to no namespace.
CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass"}


class KustomizeError(Exception):
    """A folder cannot be rendered; the message says which and why."""


def set_namespace(documents: Documents, namespace: str) -> Documents:
    """Put everything into one namespace, and name the namespace itself."""
    for document in documents:
        if document["kind"] == "Namespace":
            document["metadata"]["name"] = namespace
        elif document["kind"] not in CLUSTER_WIDE:
            document["metadata"]["namespace"] = namespace
    return documents


def add_labels(documents: Documents, entries: Documents) -> Documents:
    """Add labels to everything, and to the pods of everything where that is asked for."""
    for entry in entries:
        only(entry, {"pairs", "includeTemplates"})
        for document in documents:
            _label(document, entry["pairs"])
            for template in templates([document]) if entry.get("includeTemplates") else ():
                _label(template, entry["pairs"])
    return documents


def _label(document: Document, pairs: dict[str, str]) -> None:
    document.setdefault("metadata", {}).setdefault("labels", {}).update(pairs)


def set_images(documents: Documents, entries: Documents) -> Documents:
    """Replace the name, the tag or the digest of images."""
    for entry in entries:
        only(entry, {"name", "newName", "newTag", "digest"})
        for container in containers(documents):
            if image_name(container["image"]) == entry["name"]:
                container["image"] = _image(container["image"], entry)
    return documents


def image_name(image: str) -> str:
    """An image without its tag and its digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _image(present: str, entry: Document) -> str:
    tag = present.removeprefix(entry["name"])
    if "newTag" in entry:
        tag = f":{entry['newTag']}"
    if "digest" in entry:
        tag = f"{tag if 'newTag' in entry else ''}@{entry['digest']}"
    return f"{entry.get('newName', entry['name'])}{tag}"


def set_replicas(documents: Documents, entries: Documents) -> Documents:
    """Say how many replicas there are of what is named.

    Raises:
        KustomizeError: nothing has that name.
    """
    for entry in entries:
        chosen = [
            document
            for document in documents
            if document["kind"] in {"Deployment", "StatefulSet"}
            and document["metadata"]["name"] == entry["name"]
        ]
        if not chosen:
            raise KustomizeError(f"Nothing is called {entry['name']} that has replicas.")
        for document in chosen:
            document["spec"]["replicas"] = entry["count"]
    return documents


def templates(documents: Documents) -> Documents:
    """The pods that the documents make."""
    specifications = [document.get("spec") or {} for document in documents]
    return [entry["template"] for entry in specifications if "template" in entry]


def containers(documents: Documents) -> Documents:
    """Every container of the pods that the documents make, those that run first included."""
    return [
        container
        for template in templates(documents)
        for group in ("initContainers", "containers")
        for container in template["spec"].get(group, [])
    ]


def only(entry: Document, known: set[str]) -> None:
    """Refuse fields that are not implemented.

    Raises:
        KustomizeError: there is one.
    """
    unknown = entry.keys() - known
    if unknown:
        raise KustomizeError(f"{', '.join(sorted(unknown))} is not implemented.")
