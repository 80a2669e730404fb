"""What docs/stubs.md says of generating stubs works, from the published descriptors alone."""

import json
import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).parents[2]
PROTOS = ROOT / "protos"
DESCRIPTORS = ROOT / "gen" / "aos.binpb"
BIN = Path(sys.executable).parent
CONTRACT = "aos/policies/v1/admission_service"


def contracts() -> list[str]:
    return sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))


def test_the_descriptors_hold_every_contract_its_comments_and_its_imports() -> None:
    bundle = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    names = {file.name for file in bundle.file}
    assert set(contracts()) <= names
    assert {needed for file in bundle.file for needed in file.dependency} <= names
    ours = [file for file in bundle.file if file.name.startswith("aos/")]
    assert all(file.source_code_info.location for file in ours)


def test_protoc_makes_stubs_from_them_that_can_be_used(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={DESCRIPTORS}"]
    outputs = [f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}"]
    files = [*contracts(), "buf/validate/validate.proto"]
    subprocess.run([*command, *outputs, *files], check=True)
    made = (tmp_path / f"{CONTRACT}_pb2_grpc.py").read_text()
    assert made == (ROOT / "gen" / "python" / f"{CONTRACT}_pb2_grpc.py").read_text()
    # And they can be used: the path of what is imported is that of what was just made.
    program = f"import {CONTRACT.replace('/', '.')}_pb2_grpc as made; print(made.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert said.stdout.strip() == str(tmp_path / f"{CONTRACT}_pb2_grpc.py")


def test_buf_hands_them_to_the_generator_of_any_language(tmp_path: Path) -> None:
    # One that is here; what matters is that buf asks it offline, and for the imports as well.
    plugin = {"local": str(BIN / "protoc-gen-mypy_grpc"), "out": str(tmp_path)}
    template = json.dumps({"version": "v2", "plugins": [plugin]})
    command = [BIN / "buf", "generate", str(DESCRIPTORS), "--template", template]
    subprocess.run([*command, "--include-imports"], check=True, cwd=tmp_path)
    made = (tmp_path / f"{CONTRACT}_pb2_grpc.pyi").read_text()
    assert "class AdmissionServiceStub" in made
