"""The renderer does what Kustomize does with our files, and refuses what it does not implement."""

from pathlib import Path

import pytest
import yaml

from tools.kustomize import render
from tools.patching import PatchError, json_patch, strategic_merge
from tools.transforming import KustomizeError

POD = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: one
  labels: {kind-of: service}
spec:
  template:
    spec:
      containers:
        - name: service
          image: aos
          env:
            - {name: A, value: "1"}
            - {name: B, value: "2"}
      volumes:
        - name: files
          configMap: {name: files}
"""


def folder(tmp_path: Path, kustomization: str, **files: str) -> Path:
    for name, text in {"kustomization": kustomization, "pod": POD, **files}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_a_generated_name_is_the_one_kustomize_gives(tmp_path: Path) -> None:
    # What `kubectl kustomize` (5.5.0) prints for a file `f.conf` with the line `plain`.
    (tmp_path / "f.conf").write_text("plain\n")
    text = "configMapGenerator: [{name: nats, files: [f.conf]}]"
    (made,) = render(folder(tmp_path, text))
    assert made["metadata"]["name"] == "nats-94ghtch747"


def test_pods_read_a_generated_config_map_by_its_new_name(tmp_path: Path) -> None:
    text = "resources: [pod.yaml]\nconfigMapGenerator: [{name: files, files: [pod.yaml]}]"
    documents = render(folder(tmp_path, text))
    name = documents[1]["metadata"]["name"]
    assert name.startswith("files-")
    volumes = documents[0]["spec"]["template"]["spec"]["volumes"]
    assert volumes == [{"name": "files", "configMap": {"name": name}}]


def test_a_patch_reaches_everything_that_its_target_means(tmp_path: Path) -> None:
    patch = "spec: {template: {spec: {containers: [{name: service, env: [{name: B, value: x}]}]}}}"
    text = "resources: [pod.yaml]\npatches: [{path: patch.yaml, target: {labelSelector: kind-of=service}}]"
    (made,) = render(folder(tmp_path, text, patch=patch))
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "x"}]
    assert container["image"] == "aos"


def test_labels_namespace_replicas_and_images_are_set(tmp_path: Path) -> None:
    text = yaml.safe_dump(
        {
            "resources": ["pod.yaml"],
            "namespace": "there",
            "labels": [{"pairs": {"a": "b"}, "includeTemplates": True}],
            "replicas": [{"name": "one", "count": 3}],
            "images": [{"name": "aos", "newName": "r:5000/aos", "newTag": "7"}],
        }
    )
    (made,) = render(folder(tmp_path, text))
    assert made["metadata"]["namespace"] == "there"
    assert made["spec"]["template"]["metadata"]["labels"] == {"a": "b"}
    assert made["spec"]["replicas"] == 3
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == "r:5000/aos:7"


@pytest.mark.parametrize(
    "text",
    [
        "namePrefix: my-",
        "resources: [pod.yaml]\nlabels: [{pairs: {a: b}, includeSelectors: true}]",
        "configMapGenerator: [{name: a, literals: [a=b]}]",
        "configMapGenerator: [{name: a, files: [../outside]}]",
        "configMapGenerator: [{name: a, files: [missing]}]",
        "resources: [..]",
        "resources: [pod.yaml, pod.yaml]",
        "resources: [pod.yaml]\nreplicas: [{name: nobody, count: 1}]",
        "resources: [pod.yaml]\npatches: [{patch: '{}', target: {name: nobody}}]",
        "resources: [pod.yaml]\npatches: [{patch: '{}', target: {annotationSelector: a}}]",
        "resources: [pod.yaml]\nimages: [{name: aos, tagSuffix: a}]",
    ],
)
def test_what_is_not_implemented_or_not_there_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "outside").write_text("secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(KustomizeError):
        render(folder(inner, text))


def test_a_merge_deletes_replaces_and_adds() -> None:
    target = {"kept": 1, "gone": 2, "map": {"a": 1}, "list": [1], "env": [{"name": "a"}]}
    patch = {
        "gone": None,
        "map": {"$patch": "replace", "b": 2},
        "list": [2],
        "env": [{"name": "b"}, {"name": "a", "$patch": "delete"}],
    }
    assert strategic_merge(target, patch) == {
        "kept": 1,
        "map": {"b": 2},
        "list": [2],
        "env": [{"name": "b"}],
    }
    assert strategic_merge(target, {"$patch": "delete"}) is None


@pytest.mark.parametrize(
    "patch",
    [
        {"$patch": "merge"},
        {"$retainKeys": ["a"]},
        {"topologySpreadConstraints": [{"topologyKey": "a"}]},
    ],
)
def test_a_merge_that_is_not_implemented_is_refused(patch: dict[str, object]) -> None:
    with pytest.raises(PatchError):
        strategic_merge({"topologySpreadConstraints": []}, patch)


def test_json_patches_add_replace_and_remove() -> None:
    target = {"list": [1, 3], "map": {"a/b": 1, "gone": 2}}
    operations = [
        {"op": "add", "path": "/list/1", "value": 2},
        {"op": "add", "path": "/list/-", "value": 4},
        {"op": "replace", "path": "/map/a~1b", "value": 5},
        {"op": "remove", "path": "/map/gone"},
    ]
    assert json_patch(target, operations) == {"list": [1, 2, 3, 4], "map": {"a/b": 5}}
    assert target == {"list": [1, 3], "map": {"a/b": 1, "gone": 2}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/nowhere", "value": 1},
        {"op": "remove", "path": "/list/7"},
        {"op": "test", "path": "/list/0", "value": 1},
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(operation: dict[str, object]) -> None:
    with pytest.raises(PatchError):
        json_patch({"list": [1]}, [operation])
