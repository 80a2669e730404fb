"""Settings name every problem at once and never show a secret."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from servicekit.config import ConfigError, Secret, describe, load, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    name: str = setting("S_NAME", "what it is called")
    number: int = setting("S_NUMBER", "how many", default=3)
    share: float = setting("S_SHARE", "which part", default=0.5)
    loud: bool = setting("S_LOUD", "whether to shout", default=False)
    token: Secret = setting("S_TOKEN", "what nobody may see", default=Secret("x"))
    peers: dict = setting("S_PEERS", "who is where", default={})  # type: ignore[type-arg]
    file: Path = setting("S_FILE", "which file", default=Path("/"))
    other: Path | None = setting("S_OTHER", "which other file, if any", default=None)


def test_values_are_read_by_their_type_and_defaults_fill_the_rest() -> None:
    sample = load(
        Sample, {"S_NAME": "a", "S_NUMBER": "7", "S_LOUD": "yes", "S_PEERS": "a=h:1,b=h:2"}
    )
    assert (sample.name, sample.number, sample.loud, sample.share) == ("a", 7, True, 0.5)
    assert sample.peers == {"a": "h:1", "b": "h:2"}
    assert sample.other is None
    assert load(Sample, {"S_NAME": "a", "S_OTHER": __file__}).other == Path(__file__)


def test_every_problem_is_named_with_its_variable() -> None:
    broken = {
        "S_NUMBER": "many",
        "S_SHARE": "half",
        "S_LOUD": "perhaps",
        "S_PEERS": "x",
        "S_FILE": "/no/such",
        "S_OTHER": "/no/such/other",
    }
    with pytest.raises(ConfigError) as error:
        load(Sample, broken)
    for variable in ("S_NAME", *broken):
        assert variable in str(error.value)
    assert "what it is called" in str(error.value)


def test_a_secret_hides_itself() -> None:
    sample = load(Sample, {"S_NAME": "a", "S_TOKEN": "hunter2"})
    assert sample.token.value == "hunter2"
    assert "hunter2" not in f"{sample} {sample!r} {describe(sample)}"
