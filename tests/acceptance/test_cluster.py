"""The commands that can share their work with a Dask cluster."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from typing import TYPE_CHECKING

from tests.acceptance.installation import JEEVES
from tests.servers.certificates import make_certificate
from tests.servers.dask_cluster import dask_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.certificates import Certificate


def jeeves(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*JEEVES, *arguments], capture_output=True, text=True, timeout=100, check=False, env=os.environ | environment
    )


def settings_of(certificate: Certificate) -> dict[str, str]:
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    return {
        f"{prefix}CA_FILE": str(certificate.authority),
        f"{prefix}CLIENT__CERT": str(certificate.chain),
        f"{prefix}CLIENT__KEY": str(certificate.key),
    }


def test_an_archive_is_classified_on_a_cluster_with_certificates_as_it_is_here(tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    bodies = ["Shall we meet for lunch on Friday? You say where.", "Your parcel was delivered."] * 40
    file.write_text("".join(json.dumps({"id": number, "body": body}) + "\n" for number, body in enumerate(bodies)))
    certificate = make_certificate(tmp_path, "127.0.0.1")

    with dask_cluster(tmp_path / "cluster", workers=2, certificate=certificate) as cluster:
        together = jeeves("classify", file, "--dask", cluster.address, **settings_of(certificate))
        without_certificates = jeeves("classify", file, "--dask", cluster.address)

    assert together.stdout == jeeves("classify", file).stdout
    assert together.returncode == 0
    assert together.stderr.startswith(f"Mail goes to the 2 workers of {cluster.address}: whoever runs a\n")
    assert without_certificates.returncode == 2
    assert "tls:// needs certificates" in without_certificates.stderr


def test_a_scheduler_that_does_not_answer_is_one_sentence_and_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        done = jeeves("classify", tmp_path, "--dask", f"tcp://127.0.0.1:{nobody.getsockname()[1]}")

    assert done.returncode == 2
    assert done.stderr.startswith("No Dask scheduler answered at tcp://127.0.0.1:")
    assert "dask scheduler" in done.stderr
    assert "Traceback" not in done.stderr


def test_retraining_checks_the_cluster_before_anything_else(tmp_path: Path) -> None:
    done = jeeves("retrain", "--output", tmp_path / "models", "--dask", "tcp://nas.local:8786")

    assert done.returncode == 2
    assert done.stderr.startswith("Mail would go to tcp://nas.local:8786 unencrypted.")
    assert not (tmp_path / "models").exists()
