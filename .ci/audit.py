"""Ask whether a vulnerability is known in a locked dependency: ``python .ci/audit.py LOCK... [-- OPTION...]``.

Exit status: 1 when one is known, 2 when the lock cannot be read, else 0, also when nobody could be asked (no network):
that is said. Lives here: calling pip-audit and telling its three ends apart. Must not live here: what to do about it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# What pip-audit says when its service cannot be reached or answers nonsense: its own words, or those of requests.
_NOT_ASKED = re.compile(
    r"requests\.exceptions\.|Could not connect to|[Cc]onnection (?:refused|aborted|error)|timed out|ServiceError"
    r"|Name or service not known|HTTP (?:status )?(?:code )?[45]\d\d|[45]\d\d (?:Client|Server) Error"
)

_NOBODY = "Nobody could be asked about vulnerabilities: no network, or the service is down. Try again later."


def main(arguments: list[str]) -> int:
    """Audit the lock files named in ``arguments``; what follows ``--`` goes to pip-audit."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    locks, options = arguments[:split], arguments[split + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        named = [word for lock in locks for word in ("--requirement", lock)]
        ways = ("--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(report))
        finished = subprocess.run(  # noqa: S603 - our own interpreter; the words come from the Makefile
            [sys.executable, "-m", "pip_audit", *named, *ways, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    if found is not None:
        return _tell(found["dependencies"])
    if _NOT_ASKED.search(finished.stderr):
        print(_NOBODY)
        return 0
    print(finished.stderr[-2000:], file=sys.stderr)
    return 2


def _tell(dependencies: list[dict[str, Any]]) -> int:
    """Print what was found and what nobody knows of; return the exit status."""
    known = [(each, flaw) for each in dependencies for flaw in each.get("vulns", ())]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    for dependency, flaw in known:
        mended = ", ".join(flaw.get("fix_versions", ())) or "nothing yet"
        print(f"{dependency['name']} {dependency['version']}: {flaw['id']}, mended by {mended}")
    if dependencies and len(skipped) == len(dependencies):  # a mirror of PyPI that knows packages, not their flaws
        print(_NOBODY)
        return 0
    if skipped:
        print(f"Nothing could be learnt of {len(skipped)}: {', '.join(skipped)}")
    print(f"{len(dependencies) - len(skipped)} dependencies asked about, {len(known)} vulnerabilities known.")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
