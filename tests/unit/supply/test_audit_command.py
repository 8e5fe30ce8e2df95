"""``make audit``: the real pip-audit against a service of our own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
FLAW: dict[str, Any] = {
    "id": "PYSEC-0000-1",
    "summary": "made up by the test",
    "affected": [
        {
            "package": {"name": "idna", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


@contextmanager
def service(status: int, flaws: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Answer as osv.dev does (its page "POST /v1/query"): ``flaws`` by the name of the package."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay silent: the test report is no access log."""

        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = flaws.get(query["package"]["name"])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text(f"idna==3.20 --hash=sha256:{'0' * 64}\nsix==1.17.0 --hash=sha256:{'1' * 64}\n", encoding="ascii")
    return path


def audit(lock: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run the command of ``make audit`` on ``lock``, asking the service at ``url``."""
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py", lock, "--", "-s", "osv", "--osv-url", url],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_nothing_known_is_success(lock: Path) -> None:
    with service(200, {}) as url:
        finished = audit(lock, url)

    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == "2 dependencies asked about, 0 vulnerabilities known.\n"


def test_a_vulnerability_fails_and_says_what_mends_it(lock: Path) -> None:
    with service(200, {"idna": [FLAW]}) as url:
        finished = audit(lock, url)

    assert finished.returncode == 1
    assert "idna 3.20: PYSEC-0000-1, mended by 99.0\n" in finished.stdout


def test_without_anybody_to_ask_it_says_so_and_succeeds(lock: Path) -> None:
    with service(200, {}) as url:
        gone = url
    offline = audit(lock, gone)
    with service(503, {}) as url:
        down = audit(lock, url)

    for finished in (offline, down):
        assert finished.returncode == 0, finished.stderr
        assert finished.stdout.startswith("Nobody could be asked")


def test_a_lock_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    finished = audit(tmp_path / "missing.lock", "http://127.0.0.1:1/")

    assert finished.returncode == 2
    assert "missing.lock" in finished.stderr
