import json
import mailbox
import os
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from jeeves import shipped

JEEVES = Path(sys.executable).with_name("jeeves")
WANTED = "Hi Ann, do you want to grab lunch together on Friday? Just tell me where. Bob"
UNWANTED = "Your parcel was delivered today at 14:02. Thank you for your order. Do not answer this mail."


def letter(number: int, body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "bob@example.com"
    message["To"] = "ann@example.com"
    message["Subject"] = f"Letter {number}"
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content(body)
    return message


def classify(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([JEEVES, "classify", *arguments], input=given, capture_output=True, timeout=100, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.stderr == ""
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def records(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_each_message_gets_one_line_with_its_score_and_reasons(tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    file.write_bytes(records({"id": 7, "body": WANTED}, {"id": "b", "subject": "Delivered", "body": UNWANTED}))

    first, second = answers(classify(file))

    assert set(first) == {"id", "probability", "needs_place", "reasons"}
    assert (first["id"], first["needs_place"]) == (7, True)
    assert (second["id"], second["needs_place"]) == ("b", False)
    for answer in (first, second):
        assert isinstance(answer["probability"], float)
        assert 0 <= answer["probability"] <= 1
        reasons = answer["reasons"]
        assert isinstance(reasons, list)
        assert reasons
        assert all(set(reason) == {"feature", "weight"} for reason in reasons)


def test_every_kind_of_archive_gives_the_same_scores(tmp_path: Path) -> None:
    letters = [letter(1, WANTED), letter(2, UNWANTED)]
    box = mailbox.mbox(tmp_path / "box")
    maildir = mailbox.Maildir(tmp_path / "maildir")
    (tmp_path / "folder").mkdir()
    for number, message in enumerate(letters):
        box.add(message)
        (tmp_path / "folder" / f"{number}.eml").write_bytes(message.as_bytes())
        maildir.add(message)
    box.close()
    eml = tmp_path / "folder" / "0.eml"

    from_mbox = answers(classify(tmp_path / "box"))

    assert [answer["needs_place"] for answer in from_mbox] == [True, False]
    assert from_mbox[0]["id"] == answers(classify(eml))[0]["id"]
    assert answers(classify(tmp_path / "folder")) == from_mbox
    assert answers(classify("-", given=(tmp_path / "box").read_bytes())) == from_mbox
    assert answers(classify("-", given=eml.read_bytes())) == from_mbox[:1]
    assert sorted(map(str, answers(classify(tmp_path / "maildir")))) == sorted(map(str, from_mbox))


def test_several_paths_are_answered_in_the_order_they_are_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(records(*({"id": f"{name}{n}", "body": "x"} for n in range(70))))

    found = answers(classify(tmp_path / "b.jsonl", tmp_path / "a.jsonl"))

    assert [answer["id"] for answer in found] == [f"{name}{n}" for name in ("b", "a") for n in range(70)]


def test_what_cannot_be_read_is_named_and_the_rest_still_comes_out(tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    file.write_bytes(
        records({"id": 1, "body": "x"}) + b"oops\n" + records({"id": 2, "body": 3}, {"id": 4, "body": "x"})
    )

    done = classify(tmp_path / "absent.eml", file)

    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 4]
    assert done.stderr.splitlines() == [
        f"{tmp_path}/absent.eml: cannot be read: no such file or directory",
        f"{file}, line 2 (offset 23): is not JSON (column 1)",
        f'{file}, line 3 (offset 28): has a "body" that is not text',
    ]


@pytest.mark.parametrize("given", [b"", b"\n"])
def test_no_input_is_no_error(given: bytes) -> None:
    assert answers(classify("-", given=given)) == []


def test_nothing_in_a_message_reaches_the_terminal_as_a_control(tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07 lunch \u202e \x9b31m \u2028"
    file = tmp_path / "evil\x1b[31m.jsonl"
    file.write_bytes(records({"id": hostile, "subject": hostile, "body": hostile * 3}, {"id": 2}))

    done = classify(file)

    assert done.stdout.isascii()
    assert all(character.isprintable() or character == "\n" for character in done.stdout + done.stderr)


def test_a_model_is_taken_by_name_or_by_path(tmp_path: Path) -> None:
    name = (shipped("models") / "ACTIVE").read_text().strip()
    given = records({"id": 1, "body": WANTED})
    usual = answers(classify("-", given=given))

    assert answers(classify("-", "--model", name, given=given)) == usual
    assert answers(classify("-", "--model", shipped("models") / name, given=given)) == usual

    for missing in ("no-such-model", tmp_path / "absent"):
        done = classify("-", "--model", missing, given=given)
        assert done.returncode == 2
        assert done.stdout == ""
        assert " ".join(done.stderr.split()).startswith("there is no model at ")
        assert "Traceback" not in done.stderr


def test_a_damaged_model_is_refused_in_plain_words(tmp_path: Path) -> None:
    name = (shipped("models") / "ACTIVE").read_text().strip()
    for file in (shipped("models") / name).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.npz").write_bytes((tmp_path / "model.npz").read_bytes()[:-1] + b"?")

    done = classify("-", "--model", tmp_path)

    assert done.returncode == 2
    assert "is damaged" in " ".join(done.stderr.split())
    assert max(map(len, done.stderr.splitlines())) <= 80


def classify_in(folder: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Classify one message with ``folder`` as the current folder and the home folder."""
    return subprocess.run(
        [JEEVES, *options, "classify", "-"],
        cwd=folder,
        input=records({"id": 1, "body": WANTED}).decode(),
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_no_configuration_is_needed(tmp_path: Path) -> None:
    assert [answer["needs_place"] for answer in answers(classify_in(tmp_path))] == [True]


def test_a_broken_configuration_nobody_named_is_passed_over_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "jeeves.toml"
    file.write_text("broken")

    done = classify_in(tmp_path)

    assert done.returncode == 0
    assert json.loads(done.stdout)["needs_place"] is True
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{file}: 1 problem in the configuration: ")
    assert "this is not TOML" in line
    assert line.endswith("The model Jeeves comes with is used.")


def test_a_broken_configuration_that_was_named_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("broken")

    done = classify_in(tmp_path, "--config", file)

    assert (done.returncode, done.stdout) == (2, "")
    assert "this is not TOML" in " ".join(done.stderr.split())


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    file.write_bytes(records(*({"id": n, "body": WANTED} for n in range(2000))))

    with subprocess.Popen([JEEVES, "classify", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()
        code = process.wait(timeout=60)

    assert complaint == b""
    assert code == 1


def test_memory_does_not_grow_with_the_input() -> None:
    one = records({"id": 1, "body": f"{WANTED}\n" + "> what was written before\n" * 2_000})

    def peak(count: int) -> int:
        """Return the most memory, in kilobytes, of a run over ``count`` messages."""
        before = "import resource, sys; from jeeves.cli import main\ntry: main(['classify', '-'])\n"
        report = "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        with subprocess.Popen(
            [sys.executable, "-c", before + report],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            for _ in range(count):
                process.stdin.write(one)
            process.stdin.close()
            return int(process.stderr.read())

    few, many = peak(100), peak(500)  # 20 megabytes more

    assert many - few < 8_000  # the allocator's drift alone has been seen to be 4,500
