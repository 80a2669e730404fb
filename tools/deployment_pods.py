"""Whether pods are confined, pinned, spread, and find every file and secret they are pointed to."""

from pathlib import PurePosixPath

from aosctl.services import SERVICES
from tools.deployed import DeployedService, by_name, deployed_services
from tools.transforming import Document, Documents, containers, templates

FILE_SUFFIX = "_FILE"
# One may be lost at any time, and another while its node is emptied is the budget's business.
ENOUGH = 2


def confinement_problems(documents: Documents) -> list[str]:
    """Every pod is what the profile `restricted` allows, and writes nothing beside its volumes."""
    problems = []
    for template in templates(documents):
        pod, name = template["spec"], template["metadata"]["labels"].get("app.kubernetes.io/name")
        context = pod.get("securityContext", {})
        if not (context.get("runAsNonRoot") and context.get("runAsUser", 0) > 0):
            problems.append(f"{name} may run as root.")
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            problems.append(f"{name} may make any system call.")
        if pod.get("automountServiceAccountToken") is not False:
            problems.append(f"{name} gets a token for the cluster.")
        problems += [
            f"{name}: {container['name']} {problem}"
            for container in containers([{"spec": {"template": template}}])
            for problem in _container_problems(container)
        ]
    return problems


def _container_problems(container: Document) -> list[str]:
    context, resources = container.get("securityContext", {}), container.get("resources", {})
    wanted = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    problems = [f"lacks {key}." for key, value in wanted.items() if context.get(key) != value]
    if "memory" not in resources.get("limits", {}):
        problems.append("may take all memory of its node.")
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys():
        problems.append("does not say what it needs.")
    return problems


def image_problems(documents: Documents) -> list[str]:
    """Every image is of a version, or of a digest."""
    images = {container["image"] for container in containers(documents)}
    return [f"{image} is not pinned." for image in sorted(images) if not is_pinned(image)]


def is_pinned(image: str) -> bool:
    """Whether an image will be the same one tomorrow, as far as tags can promise that."""
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@sha256:" in image or (bool(tag) and tag != "latest")


def spread_problems(documents: Documents) -> list[str]:
    """Every service has at least two replicas on different nodes, and keeps them."""
    scalers = by_name(documents, "HorizontalPodAutoscaler")
    budgets = by_name(documents, "PodDisruptionBudget")
    problems = []
    for one in deployed_services(documents):
        name = one.service.name
        if scalers.get(name, {}).get("spec", {}).get("minReplicas", 0) < ENOUGH:
            problems.append(f"{name} may be one replica.")
        if "replicas" in one.deployment["spec"]:
            problems.append(f"{name}: a number of replicas undoes what its scaler did.")
        if budgets.get(name, {}).get("spec", {}).get("maxUnavailable") != 1:
            problems.append(f"{name} may lose all replicas while nodes are emptied.")
        keys = {
            entry["topologyKey"]: entry["whenUnsatisfiable"]
            for entry in one.pod.get("topologySpreadConstraints", [])
        }
        if keys.get("kubernetes.io/hostname") != "DoNotSchedule":
            problems.append(f"{name} may be on one node.")
    return problems


def reference_problems(documents: Documents, *, given: dict[str, set[str]]) -> list[str]:
    """Every secret and config map that is read is rendered, made in the cluster, or given by us.

    `given` holds the keys of what `aos secrets` writes, by name.
    """
    known = {
        **{name: set(one.get("data", {})) for name, one in by_name(documents, "ConfigMap").items()},
        **given,
        **_made(documents),
    }
    problems = []
    for template in templates(documents):
        for name, keys in _read(template["spec"]):
            if name not in known:
                problems.append(f"There is no secret or config map {name}.")
            else:
                problems += [f"{name} has no {key}." for key in sorted(keys - known[name])]
    return problems


def _made(documents: Documents) -> dict[str, set[str]]:
    found = {}
    for document in documents:
        if document["kind"] == "Certificate":
            found[document["spec"]["secretName"]] = {"tls.crt", "tls.key", "ca.crt"}
        if document["kind"] == "Cluster":
            found[f"{document['metadata']['name']}-ca"] = {"ca.crt"}
    return found


def _read(pod: Document) -> list[tuple[str, set[str]]]:
    """What a pod reads, with the keys it names."""
    read = []
    for volume in pod.get("volumes", []):
        source = volume.get("secret") or volume.get("configMap")
        if source and not source.get("optional"):
            name = source.get("secretName") or source["name"]
            read.append((name, {item["key"] for item in source.get("items", [])}))
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        read += [(entry["secretRef"]["name"], set()) for entry in container.get("envFrom", [])]
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {}).get("secretKeyRef")
            if source:
                read.append((source["name"], {source["key"]}))
    return read


def file_problems(documents: Documents) -> list[str]:
    """Every file that a setting names is mounted, and in the volume that is mounted there."""
    return [
        f"{one.service.name}: {variable} names a file that is not there."
        for one in deployed_services(documents)
        for variable, path in one.environment.items()
        if variable.endswith(FILE_SUFFIX) and not _is_mounted(one, PurePosixPath(path))
    ]


def _is_mounted(one: DeployedService, path: PurePosixPath) -> bool:
    volumes = {volume["name"]: volume for volume in one.pod["volumes"]}
    for mount in one.container["volumeMounts"]:
        if str(path.parent) == mount["mountPath"]:
            volume = volumes.get(mount["name"], {})
            source = volume.get("secret") or volume.get("configMap")
            named = {item["path"] for item in source.get("items", [])} if source else set()
            return source is not None and (not named or path.name in named)
    return False


def account_problems(documents: Documents) -> list[str]:
    """Every service runs under an account of its own, which gets no token."""
    accounts = by_name(documents, "ServiceAccount")
    return [
        f"{service.name} has no account of its own without a token."
        for service in SERVICES
        if accounts.get(service.name, {}).get("automountServiceAccountToken") is not False
        or by_name(documents, "Deployment")[service.name]["spec"]["template"]["spec"].get(
            "serviceAccountName"
        )
        != service.name
    ]
