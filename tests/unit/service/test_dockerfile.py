"""The container's recipe: what would make it unsafe or not build, as far as reading it can tell."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions and their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines())]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    start = max(index for index, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def test_it_runs_as_somebody_else_than_root() -> None:
    users = [rest for name, rest in final_stage() if name == "USER"]
    assert users == ["10001:10001"]
    created = next(rest for name, rest in final_stage() if name == "RUN" and "useradd" in rest)
    assert "--uid 10001 " in created


def test_it_has_one_volume_which_is_its_home_and_no_port() -> None:
    stage = final_stage()
    assert [rest for name, rest in stage if name == "VOLUME"] == ["/data"]
    assert "HOME=/data" in next(rest for name, rest in stage if name == "ENV")
    assert "EXPOSE" not in {name for name, _ in stage}


def test_whatever_it_copies_is_there_and_not_left_out_of_the_context() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in sent


def test_it_needs_no_secret_to_be_built() -> None:
    words = " ".join(rest for name, rest in instructions() if name in ("ARG", "ENV")).lower()
    assert not re.search("password|secret|token|sid", words)
