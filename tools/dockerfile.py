"""Rules for Dockerfiles, checked without building."""

import re
from collections.abc import Iterator

SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|(?<!PUBLIC_)KEY\b|CREDENTIAL", re.IGNORECASE)
DOWNLOAD = re.compile(r"\b(curl|wget)\b")
NUMERIC_USER = re.compile(r"[1-9]\d*:[1-9]\d*")
Instruction = tuple[str, str]


def dockerfile_problems(text: str) -> list[str]:
    """What is wrong with a Dockerfile, a sentence each."""
    instructions = list(_instructions(text))
    return [
        *_base_problems(instructions),
        *_user_problems(instructions),
        *(problem for one in instructions for problem in _problems(*one)),
    ]


def _instructions(text: str) -> Iterator[Instruction]:
    """Instructions with their arguments, comments left out and lines put together."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, arguments = line.strip().partition(" ")
        if name:
            yield name.upper(), " ".join(arguments.split())


def _base_problems(instructions: list[Instruction]) -> list[str]:
    defaults = dict(
        arguments.split("=", 1)
        for name, arguments in instructions
        if name == "ARG" and "=" in arguments
    )
    stages: set[str] = set()
    problems = []
    for name, arguments in instructions:
        if name != "FROM":
            continue
        image, _, stage = arguments.partition(" AS ")
        image = re.sub(r"\$\{?(\w+)\}?", lambda found: defaults.get(found[1], ""), image)
        tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
        if image not in stages and not re.match(r"\d+\.\d+\.\d+", tag):
            problems.append(f"FROM {arguments}: its base is not pinned to a version.")
        stages.add(stage)
    return problems


def _user_problems(instructions: list[Instruction]) -> list[str]:
    names = [name for name, _ in instructions]
    final = instructions[len(names) - 1 - names[::-1].index("FROM") :]
    users = [arguments for name, arguments in final if name == "USER"]
    if users and NUMERIC_USER.fullmatch(users[-1]):
        return []
    return ["The final stage does not end as a user by number who is not root."]


def _problems(name: str, arguments: str) -> list[str]:
    found = {
        "ADD is COPY with surprises.": name == "ADD",
        "What is downloaded has no hash.": name == "RUN" and bool(DOWNLOAD.search(arguments)),
        "pip installs without hashes.": name == "RUN"
        and bool(re.search(r"\bpip\b.* install\b", arguments))
        and "--require-hashes" not in arguments,
        "A secret would be in the image.": name in {"ENV", "ARG"}
        and any(SECRET.search(variable) for variable in _variables(arguments)),
        "A health check in the image does not know what runs.": name == "HEALTHCHECK",
    }
    return [f"{name} {arguments}: {problem}" for problem, is_so in found.items() if is_so]


def _variables(arguments: str) -> list[str]:
    return re.findall(r"(?:^|\s)(\w+)(?==|$)", arguments)
