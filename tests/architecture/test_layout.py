"""What the import linter cannot see: rooms, sizes, names, and that every X has its Y."""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from aos.errors.v1 import error_reason_pb2
from aosctl.services import SERVICES
from kernel import errors
from kernel.errors import ServiceError
from servicekit.interceptors.chain import Chain

ROOT = Path(__file__).parents[2]
PACKAGES = ("kernel", "servicekit", "services", "aosctl", "bench", "sdk", "tools", "examples")
SERVICE_FOLDERS = sorted(
    path for path in (ROOT / "services").iterdir() if (path / "wiring.py").is_file()
)

ROOMS = {"api", "workers", "usecases", "domain", "store", "clients"}
FILES = {"__init__.py", "__main__.py", "wiring.py", "config.py", "README.md"}
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "base", "impl"}
MAXIMUM_LINES, MAXIMUM_FUNCTION_LINES, USUAL_FUNCTION_LINES = 400, 80, 40


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or PACKAGES:
        yield from (
            path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
        )


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("folder", SERVICE_FOLDERS, ids=lambda path: path.name)
def test_a_service_has_the_same_rooms_and_no_others(folder: Path) -> None:
    rooms = {path.name for path in folder.iterdir() if path.is_dir()} - {"__pycache__"}
    files = {path.name for path in folder.iterdir() if path.is_file()}
    assert rooms <= ROOMS
    assert files == FILES


@pytest.mark.parametrize("folder", SERVICE_FOLDERS, ids=lambda path: path.name)
def test_a_service_says_what_it_owns_on_one_page(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert len(text.splitlines()) <= 90
    for heading in ("RPCs", "Events", "Tables", "Invariants"):
        assert re.search(rf"^## .*{heading}", text, re.MULTILINE), heading


def test_no_file_is_a_giant() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in sources(*PACKAGES, "tests")}
    assert [str(path) for path, lines in sizes.items() if lines > MAXIMUM_LINES] == []


def test_functions_are_short() -> None:
    lengths = [length for path in sources() for _, length in functions(path)]
    longest = [
        name
        for path in sources()
        for name, length in functions(path)
        if length > MAXIMUM_FUNCTION_LINES
    ]
    assert longest == []
    usual = sum(length <= USUAL_FUNCTION_LINES for length in lengths)
    assert usual / len(lengths) >= 0.9


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in sources() if path.stem in BANNED_NAMES] == []


def test_packages_hold_one_sentence_and_nothing_else() -> None:
    talkative = []
    for path in sources("kernel", "servicekit", "services", "aosctl", "bench"):
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            if len(body) != 1 or not isinstance(body[0], ast.Expr):
                talkative.append(str(path.relative_to(ROOT)))
    assert talkative == []


def test_only_clients_call_other_domains() -> None:
    """A service uses the stubs of its own contracts; another domain's only in its clients room."""
    strangers = []
    for folder in SERVICE_FOLDERS:
        for path in folder.rglob("*.py"):
            for domain in re.findall(
                r"from aos\.(\w+)\.v1 import[^\n]*_pb2_grpc", path.read_text()
            ):
                if domain != folder.name and path.parent.name != "clients":
                    strangers.append(str(path.relative_to(ROOT)))
    assert strangers == []


def descendants(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def test_every_error_reason_has_exactly_one_error() -> None:
    for folder in SERVICE_FOLDERS:
        importlib.import_module(f"services.{folder.name}.domain.errors")
    prefix = "ERROR_REASON_"
    declared = {
        name.removeprefix(prefix)
        for name in error_reason_pb2.ErrorReason.keys()  # noqa: SIM118
    } - {"UNSPECIFIED"}
    raised: dict[str, set[str]] = {}
    for kind in descendants(ServiceError):
        named_here = "reason" in vars(kind) and kind.__module__.startswith(("kernel", "services"))
        if named_here and not kind.__name__.startswith("_"):
            raised.setdefault(kind.reason, set()).add(kind.__name__)
    assert {reason: kinds for reason, kinds in raised.items() if len(kinds) > 1} == {}
    assert raised.keys() == declared


def test_the_tree_in_the_docstring_of_errors_names_every_class() -> None:
    for kind in descendants(ServiceError):
        if kind.__module__ == "kernel.errors":
            assert kind.__name__ in (errors.__doc__ or "")


def test_the_chain_names_its_stages_in_their_order() -> None:
    module = importlib.import_module(Chain.__module__)
    stages = re.findall(r"^\d\. (\w+)", module.__doc__ or "", re.MULTILINE)
    assert stages == [
        "telemetry",
        "access",
        "error",
        "deadline",
        "authentication",
        "callers",
        "permission",
        "spine",
        "validation",
    ]
    hosting = (ROOT / "servicekit" / "hosting.py").read_text()
    order = [
        hosting.index(name)
        for name in (
            "RequireDeadline()",
            "self._authenticate(),",
            "RequireListedCaller(CallerList",
            "RequirePermission()",
            "RequireSoundSpine(guard)",
        )
    ]
    assert order == sorted(order)


def test_every_service_is_known_to_the_tools_the_callers_and_the_migrations() -> None:
    names = {folder.name for folder in SERVICE_FOLDERS}
    callers = yaml.safe_load((ROOT / "deploy" / "callers.yaml").read_text())
    topology = yaml.safe_load((ROOT / "deploy" / "nats" / "topology.yaml").read_text())
    ini = (ROOT / "alembic.ini").read_text()
    assert {service.name for service in SERVICES} == names
    assert callers.keys() == names
    assert {f"{name}-canary" for name in names} <= topology["consumers"].keys()
    assert set(re.findall(r"^\[(\w+)\]", ini, re.MULTILINE)) - {"DEFAULT"} == names


def test_migrations_are_numbered_without_gaps() -> None:
    for folder in SERVICE_FOLDERS:
        stems = sorted(path.stem for path in (folder / "store" / "migrations").glob("*.py"))
        numbers = [int(stem[:4]) for stem in stems]
        assert numbers == list(range(1, len(numbers) + 1)), folder.name
        assert all(re.fullmatch(r"\d{4}_[a-z_]+", stem) for stem in stems)


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Folders of tests are no packages, so two files of one name cannot be collected together."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_lock_file_names_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--index-url|--find-links|file:", text)
    assert "--hash=sha256:" in text


def test_documents_link_to_files_that_exist() -> None:
    broken = []
    documents = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "services").rglob("*.md"),
    ]
    for document in [
        *documents,
        *(ROOT / "servicekit").glob("*.md"),
        *(ROOT / "aosctl").glob("*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert broken == []
