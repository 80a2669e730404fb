"""What the package shows, what it hides, and what it needs."""

import ast
import importlib
import inspect
import logging
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import aos_sdk
import aos_sdk.testing
from aos.orchestrator.v1 import session_service_pb2 as generated
from aos_sdk import AOSClient, AOSError, AsyncAOSClient, AsyncRun, Run, _errors
from aos_sdk._async_step import AsyncStep
from aos_sdk._contract import session_service_pb2 as ours
from aos_sdk._run import Step
from aos_sdk.testing import FakePlane

ROOT = Path(__file__).parents[3]
SDK = ROOT / "sdk" / "python"
SOURCES = sorted((SDK / "src").rglob("*.py"))
ALONE = {"grpc", "google", "cygrpc"} | set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", [aos_sdk, aos_sdk.testing], ids=lambda module: module.__name__)
def test_every_public_name_is_in_all_and_nothing_else(module: ModuleType) -> None:
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert sorted(module.__all__) == sorted(public)
    for name in module.__all__:
        assert inspect.getdoc(getattr(module, name)), name


def test_every_exception_is_public_and_in_the_tree_of_the_docstring() -> None:
    kinds = {
        name
        for name, value in vars(_errors).items()
        if isinstance(value, type) and issubclass(value, AOSError)
    }
    assert kinds <= set(aos_sdk.__all__)
    tree = (_errors.__doc__ or "").partition("\n\n")[2]
    assert kinds == set(re.findall(r"^[│├└─ ]*([A-Z]\w+)", tree, re.MULTILINE))


@pytest.mark.parametrize(
    ("ours", "twin"), [(AOSClient, AsyncAOSClient), (Run, AsyncRun), (Step, AsyncStep)]
)
def test_both_twins_offer_the_same(ours: type, twin: type) -> None:
    def offered(kind: type) -> dict[str, list[str]]:
        return {
            name: [str(parameter) for parameter in inspect.signature(value).parameters.values()]
            for name, value in inspect.getmembers(kind)
            if not name.startswith("_") and callable(value)
        }

    wanted = offered(twin)
    for name in ("set_params", "set_output", "set_usage", "set_outcome", "break_off"):
        wanted.pop(name, None)
    assert offered(ours) == wanted


def test_the_package_imports_nothing_but_grpc_and_protobuf() -> None:
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        checked_only = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
            for statement in block.body
            for node in ast.walk(statement)
        }
        for node in ast.walk(tree):
            if id(node) in checked_only:
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= ALONE | {"aos_sdk"}, path
            assert not (isinstance(node, ast.Name) and node.id == "print"), path


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is shipped: a wheel, unpacked."""
    folder = tmp_path_factory.mktemp("sdk")
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(SDK, folder / "sources", ignore=leave_out)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    target = ["--no-deps", "--no-build-isolation", "-w", str(folder), str(folder / "sources")]
    done = subprocess.run([*build, *target], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("aos_sdk-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_ships_its_own_package_and_no_other(shipped: Path) -> None:
    (metadata,) = shipped.glob("aos_sdk-*.dist-info/METADATA")
    needed = re.findall(r"^Requires-Dist: (\w+)", metadata.read_text(), re.MULTILINE)
    assert needed == ["grpcio", "protobuf"]
    assert {path.name for path in shipped.iterdir()} == {"aos_sdk", metadata.parent.name}
    assert (shipped / "aos_sdk" / "py.typed").is_file()


WITH_NOTHING_ELSE = """
import sys
from importlib.abc import MetaPathFinder

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        # typing_extensions is what grpcio itself depends on.
        allowed = {"grpc", "google", "typing_extensions", "aos_sdk"} | set(sys.stdlib_module_names)
        if top in allowed and not name.startswith(("google.rpc", "google.api")):
            return None
        raise ModuleNotFoundError(f"{name} is not a dependency", name=name)

sys.meta_path.insert(0, Refuse())
import aos_sdk
from aos_sdk.testing import FakePlane
with FakePlane() as plane, plane.client() as client:
    with client.run(goal="g", agent=plane.agent_id) as run, run.step("s") as step:
        step.set_output("done")
    print(aos_sdk.__file__, plane.last_run.status, len(plane.last_run.steps))
"""


def test_it_works_where_only_grpc_and_protobuf_can_be_imported(
    shipped: Path, tmp_path: Path
) -> None:
    """A fresh interpreter, the package as it is shipped, and every other import refused."""
    done = subprocess.run(
        [sys.executable, "-c", WITH_NOTHING_ELSE],
        env={**os.environ, "PYTHONPATH": str(shipped)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout == f"{shipped}/aos_sdk/__init__.py succeeded 1\n", done.stderr


def test_its_classes_stand_beside_the_generated_ones() -> None:
    """A program may use the SDK and the generated stubs; both know the contracts by one name."""
    assert ours.SessionRequest is not generated.SessionRequest
    ours_said = ours.SessionRequest(sequence=3)
    ours_said.attach.run_id = "run_1"
    said = generated.SessionRequest.FromString(ours_said.SerializeToString())
    assert (said.sequence, said.attach.run_id) == (3, "run_1")


def test_the_shipped_contract_is_that_of_the_sources() -> None:
    """After a change of the contracts: .venv/bin/python sdk/python/make_contract.py."""
    sys.path.insert(0, str(SDK))
    try:
        made = importlib.import_module("make_contract")
    finally:
        sys.path.remove(str(SDK))
    assert made.TARGET.read_bytes() == made.contract()


def test_the_key_and_its_tokens_are_shown_nowhere(
    plane: FakePlane, client: AOSClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        with client.run(goal="g", agent=plane.agent_id) as run, run.step("s") as step:
            plane.drop_connections()
        plane.revoke_tokens()
        client.get_capabilities()
        tokens = list(plane._world.tokens)
        with pytest.raises(AOSError) as refused:
            client.poll_run("run_00000000000000000000000000")
    twin = client._twin
    objects = (client, twin, twin._target, twin._connection, twin._session, run, step)
    shown = caplog.text + "".join(map(repr, objects)) + repr(refused.value) + str(refused.value)
    assert twin._connection is not None
    shown += repr(twin._connection._token)
    assert plane.base_url in repr(client)
    assert tokens
    for secret in (plane.api_key, *tokens):
        assert secret not in shown


def test_the_programs_of_the_readme_work_when_pasted(plane: FakePlane, tmp_path: Path) -> None:
    text = (SDK / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        run_program(block, plane, tmp_path)
    assert plane.runs


@pytest.mark.parametrize("name", ["external_agent.py", "async_external_agent.py"])
def test_the_examples_work(plane: FakePlane, tmp_path: Path, name: str) -> None:
    said = run_program((ROOT / "examples" / name).read_text(), plane, tmp_path)
    assert plane.last_run.run_id in said
    assert plane.last_run.status.value == "succeeded"
    assert [step.name for step in plane.last_run.steps] == ["search", "summarise"]


def run_program(program: str, plane: FakePlane, folder: Path) -> str:
    environment = {
        **os.environ,
        "AOS_API_KEY": plane.api_key,
        "AOS_BASE_URL": plane.base_url,
        "AOS_AGENT_ID": plane.agent_id,
    }
    done = subprocess.run(
        [sys.executable, "-"],
        input=program,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout
