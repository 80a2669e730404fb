"""Whether documents are what Kubernetes 1.37 takes, strictly and offline.

The schemas of Kubernetes' own kinds come with a package. Those of cert-manager and CloudNativePG
come with them and are not here: of those kinds only what is written below is known, which finds a
field that is missing or misspelt, and not one with a value of the wrong kind.
"""

from functools import cache
from typing import Any

import jsonschema
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from tools.transforming import Document

VERSION = "1.37"
FOLDER = f"kubernetes-json-schema/v{VERSION}.0-local-strict"
# Of kinds that are not Kubernetes' own: the fields of their specifications, required ones first.
CUSTOM: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("cert-manager.io/v1", "Issuer"): (set(), {"selfSigned", "ca"}),
    ("cert-manager.io/v1", "Certificate"): (
        {"secretName", "issuerRef"},
        {"dnsNames", "duration", "renewBefore", "privateKey", "usages", "isCA", "commonName"},
    ),
    ("postgresql.cnpg.io/v1", "Cluster"): (
        {"instances", "storage"},
        {
            "imageName",
            "inheritedMetadata",
            "enableSuperuserAccess",
            "managed",
            "bootstrap",
            "postgresql",
            "affinity",
            "walStorage",
            "resources",
            "plugins",
        },
    ),
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): (
        {"schedule", "cluster"},
        {"immediate", "method", "pluginConfiguration"},
    ),
    ("barmancloud.cnpg.io/v1", "ObjectStore"): ({"configuration"}, {"retentionPolicy"}),
}


def schema_problems(document: Document) -> list[str]:
    """What Kubernetes would refuse about a document, a sentence each."""
    kind, version = document.get("kind", ""), document.get("apiVersion", "")
    if (version, kind) in CUSTOM:
        return _custom_problems(document)
    try:
        validator = _validator(version, kind)
    except FileNotFoundError:
        return [
            f"{version} {kind} is no kind of Kubernetes {VERSION}, and none that is known here."
        ]
    return [
        f"{_name(document)}: {'.'.join(str(part) for part in error.path)}: {error.message}"
        for error in validator.iter_errors(document)
    ]


def _custom_problems(document: Document) -> list[str]:
    required, optional = CUSTOM[document["apiVersion"], document["kind"]]
    fields = document.get("spec", {}).keys()
    missing, strange = required - fields, fields - required - optional
    return [
        *(f"{_name(document)}: spec.{field} is missing." for field in sorted(missing)),
        *(f"{_name(document)}: spec.{field} is not known." for field in sorted(strange)),
    ]


def _name(document: Document) -> str:
    return f"{document['kind']} {document.get('metadata', {}).get('name', 'without a name')}"


@cache
def _validator(version: str, kind: str) -> Any:
    # The package would read sixteen megabytes of definitions for each document.
    group, _, number = version.rpartition("/")
    prefix = f"{group.partition('.')[0]}-" if group else ""
    schema = schema_contents(f"{FOLDER}/{kind.lower()}-{prefix}{number}.json", VERSION)
    registry = _definitions().with_resource("", Resource.from_contents(schema))
    return jsonschema.Draft202012Validator(schema, registry=registry)


@cache
def _definitions() -> "Registry[Any]":
    contents = schema_contents(f"{FOLDER}/_definitions.json", VERSION)
    definitions = Resource.from_contents(contents)
    registry: Registry[Any] = Registry().with_resource(definitions.id() or "", definitions)
    return registry
