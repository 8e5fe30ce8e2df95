from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import jeeves
from jeeves.ml.card import read_card, write_card
from jeeves.types import Provenance

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation

SHIPPED = (jeeves.shipped("models") / "ACTIVE").read_text().strip()


@pytest.fixture
def twin(installation: Installation) -> str:
    """Return the name of a second model: the shipped one under another name, in the owner's folder."""
    name = "owner-2026.11.22-00000000"
    folder = installation.folder / "data" / "models" / name
    shutil.copytree(jeeves.shipped("models") / SHIPPED, folder)
    card = read_card(folder / "card.json", advice="")
    write_card(folder / "card.json", replace(card, version=name))
    return name


def states(installation: Installation) -> dict[str, str]:
    listed = installation.run("models", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    return {record["version"]: record["state"] for record in json.loads(listed.stdout)}


def test_a_fresh_installation_lists_the_model_it_came_with(installation: Installation) -> None:
    assert states(installation) == {SHIPPED: "champion"}

    text = installation.run("models", "list").stdout
    assert text.startswith(f"* {SHIPPED}  champion, trained ")
    assert max(map(len, text.splitlines())) <= 80


def test_the_owner_activates_a_model_and_goes_back(installation: Installation, twin: str) -> None:
    assert states(installation) == {twin: "candidate", SHIPPED: "champion"}

    assert installation.run("models", "activate", twin).returncode == 0
    assert states(installation) == {twin: "champion", SHIPPED: "retired"}
    assert installation.status()["active_model"] == twin

    back = installation.run("models", "rollback")
    assert (back.returncode, back.stdout) == (0, f"{SHIPPED} serves again.\n")
    assert states(installation) == {twin: "retired", SHIPPED: "champion"}
    assert installation.status()["active_model"] == SHIPPED


def test_classify_run_and_status_agree_on_the_model(installation: Installation, twin: str) -> None:
    installation.run("models", "activate", twin)
    mail = installation.folder / "mail.jsonl"
    mail.write_text('{"id": 1, "body": "Shall we meet?"}\n', encoding="utf-8")

    assert installation.status()["active_model"] == twin
    assert installation.run("run", "--once").returncode == 0
    assert installation.run("classify", str(mail)).returncode == 0
    assert installation.run("classify", str(mail), "--model", twin).returncode == 0

    shutil.rmtree(installation.folder / "data" / "models" / twin)
    for arguments in (("run", "--once"), ("classify", str(mail))):
        refused = installation.run(*arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "there is no model at" in " ".join(refused.stderr.split())
        assert "jeeves models activate" in " ".join(refused.stderr.split())


def test_after_an_upgrade_the_shipped_model_serves_until_jeeves_has_learned_again(
    installation: Installation, twin: str
) -> None:
    """The owner's model was taught by answers, and made by a Jeeves that read mail in another way."""
    path = installation.folder / "data" / "models" / twin / "card.json"
    card = read_card(path, advice="")
    libraries = {**card.libraries, "jeeves.ml.features": "1"}
    write_card(path, replace(card, libraries=libraries, provenance=Provenance(last_label_id=9)))
    (installation.folder / "data" / "models" / "ACTIVE").write_text(twin + "\n", encoding="utf-8")
    mail = installation.folder / "mail.jsonl"
    mail.write_text('{"id": 1, "body": "Shall we meet?"}\n', encoding="utf-8")

    scored = installation.run("classify", str(mail))
    ran = installation.run("run", "--once")

    assert (scored.returncode, len(scored.stdout.splitlines())) == (0, 1)
    assert scored.stderr.startswith(f"model {twin} was made with jeeves.ml.features 1, but ")
    assert scored.stderr.endswith("The model Jeeves comes with is used.\n")
    assert ran.returncode == 0, ran.stderr
    assert installation.status()["active_model"] == SHIPPED
    assert states(installation) == {twin: "candidate", SHIPPED: "champion"}
    text = " ".join(installation.run("status").stdout.split())
    assert f"an upgrade made your model {twin} useless; {SHIPPED} serves in its place" in text


def test_a_change_that_was_cut_short_is_brought_in_line(installation: Installation, twin: str) -> None:
    """Killed after ACTIVE was written and before the rows were: the file is right."""
    assert states(installation) == {twin: "candidate", SHIPPED: "champion"}
    (installation.folder / "data" / "models" / "ACTIVE").write_text(twin + "\n", encoding="utf-8")

    assert states(installation) == {twin: "champion", SHIPPED: "retired"}


@pytest.mark.parametrize("command", [("activate", "unheard-of"), ("show", "unheard-of"), ("rollback",)])
def test_what_cannot_be_is_one_clear_error_and_changes_nothing(
    installation: Installation, command: tuple[str, ...]
) -> None:
    refused = installation.run("models", *command)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "jeeves models list" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert states(installation) == {SHIPPED: "champion"}


def test_a_damaged_model_cannot_be_activated(installation: Installation, twin: str) -> None:
    file = installation.folder / "data" / "models" / twin / "model.npz"
    file.write_bytes(file.read_bytes()[:-1])

    refused = installation.run("models", "activate", twin)

    assert refused.returncode == 2
    assert "is damaged" in " ".join(refused.stderr.split())
    assert states(installation)[SHIPPED] == "champion"


def test_a_card_is_shown_to_people_and_to_machines(installation: Installation) -> None:
    text = installation.run("models", "show", SHIPPED).stdout
    told = json.loads(installation.run("models", "show", SHIPPED, "--json").stdout)

    assert "threshold" in text
    assert max(map(len, text.splitlines())) <= 80
    assert (told["version"], told["state"]) == (SHIPPED, "champion")
    assert told["sha256"] in "".join(text.split())
