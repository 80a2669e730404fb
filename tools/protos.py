"""Contracts in, stubs out: lint, check for breaking changes, generate. All of it offline.

`make protos` writes `gen/python`, and `gen/aos.binpb` for stubs in other languages; `make check`
runs this with `--check`, which generates into a temporary folder and fails on any difference.

The rules of protovalidate are imported by our contracts as `buf/validate/validate.proto`. That file
is in no package that ships sources, so its descriptor is taken from the installed protovalidate and
handed to the compiler; buf then works on the compiled image instead of on the sources.
"""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from google.protobuf import (
    descriptor_pb2,
    duration_pb2,
    field_mask_pb2,
    timestamp_pb2,
)
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "protos"
GENERATED = ROOT / "gen" / "python"
DESCRIPTORS = ROOT / "gen" / "aos.binpb"
VALIDATE = "buf/validate/validate.proto"
BUF = Path(sys.executable).with_name("buf")


class ContractError(Exception):
    """The contracts are not as they should be; the message says where."""


def main() -> None:
    """Run what was asked for; end with 1 and the reason when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    parser.add_argument("--against", default="main", help="branch that must not be broken")
    options = parser.parse_args()
    try:
        _run(check=options.check, against=options.against)
    except ContractError as error:
        sys.exit(str(error))


def _run(*, check: bool, against: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        imports = _write_imports(workspace)
        image = _compile_image(SOURCES, imports, workspace / "new.binpb")
        _buf("lint", str(image), "--config", str(ROOT / "buf.yaml"))
        _check_breaking(image, imports, against=against, workspace=workspace)
        fresh = workspace / "python"
        _generate(imports, fresh)
        if check:
            _compare(fresh)
            _compare_descriptors(image)
        else:
            _replace(fresh)
            shutil.copyfile(image, DESCRIPTORS)


def _write_imports(workspace: Path) -> Path:
    """Write the descriptors that our sources import and no package ships as sources."""
    bundle = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(bundle.file.add())
    bundle.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    path = workspace / "imports.binpb"
    path.write_bytes(bundle.SerializeToString())
    return path


def _compile_image(sources: Path, imports: Path, image: Path) -> Path:
    flags = ["--include_imports", "--include_source_info", f"--descriptor_set_out={image}"]
    _protoc(sources, imports, flags, _files(sources))
    return image


def _check_breaking(image: Path, imports: Path, *, against: str, workspace: Path) -> None:
    """Compare with the branch; without git or that branch there is nothing to break."""
    old = workspace / "old"
    old.mkdir()
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", against, "protos"]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode != 0:
        return
    subprocess.run(["tar", "-x", "-C", str(old)], input=archive.stdout, check=True)
    previous = _compile_image(old / "protos", imports, workspace / "old.binpb")
    config = str(ROOT / "buf.yaml")
    _buf("breaking", str(image), "--against", str(previous), "--config", config)


def _generate(imports: Path, target: Path) -> None:
    target.mkdir()
    files = _files(SOURCES)
    plugin = (
        f"--plugin=protoc-gen-mypy_grpc={Path(sys.executable).with_name('protoc-gen-mypy_grpc')}"
    )
    messages = [f"--python_out={target}", f"--pyi_out={target}"]
    _protoc(SOURCES, imports, messages, [*files, VALIDATE])
    services = [f"--grpc_python_out={target}", plugin, f"--mypy_grpc_out={target}"]
    _protoc(SOURCES, imports, services, [file for file in files if file.endswith("_service.proto")])


def _protoc(sources: Path, imports: Path, flags: Iterable[str], files: Iterable[str]) -> None:
    base = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={sources}"]
    _execute([*base, f"--descriptor_set_in={imports}", *flags, *files])


def _buf(*arguments: str) -> None:
    _execute([str(BUF), *arguments])


def _execute(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise ContractError(done.stdout + done.stderr)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))


def _compare(fresh: Path) -> None:
    new, old = _generated_files(fresh), _generated_files(GENERATED)
    differing = sorted(
        (new ^ old) | set(filecmp.cmpfiles(fresh, GENERATED, new & old, shallow=False)[1])
    )
    if differing:
        names = "\n  ".join(differing)
        raise ContractError(f"gen/python differs from protos/; run `make protos`:\n  {names}")


def _compare_descriptors(image: Path) -> None:
    if not DESCRIPTORS.is_file() or not filecmp.cmp(image, DESCRIPTORS, shallow=False):
        raise ContractError("gen/aos.binpb differs from protos/; run `make protos`.")


def _generated_files(folder: Path) -> set[str]:
    found = (path for top in ("aos", "buf") for path in (folder / top).rglob("*.py*"))
    return {str(path.relative_to(folder)) for path in found if "__pycache__" not in path.parts}


def _replace(fresh: Path) -> None:
    for top in ("aos", "buf"):
        shutil.rmtree(GENERATED / top, ignore_errors=True)
        shutil.copytree(fresh / top, GENERATED / top)


if __name__ == "__main__":
    main()
