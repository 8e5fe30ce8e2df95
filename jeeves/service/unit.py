"""The systemd unit: hardened, watched over, started again.

Lives here: the text of the unit as a pure function of what the service needs. Must not live here: systemctl, files.

Each option is explained in systemd.service(5), systemd.exec(5) or systemd.resource-control(5). What is allowed is
what Jeeves and the PostgreSQL it may start really use; tests/integration/service runs both under the same system
call filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.service.needs import SYSTEM_FOLDER, in_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jeeves.service.needs import Needs

NAME: Final = "jeeves.service"
ACCOUNT: Final = "jeeves"  # the user a system service runs as
STEPS_SINCE: Final = 254  # the systemd that learned to wait longer from restart to restart

# 2: the owner has to mend something, which trying again does not. 130: told to end while starting.
_LIFE: Final = """\
Type=notify
NotifyAccess=main
TimeoutStartSec=15min
WatchdogSec=2min
Restart=on-failure
RestartPreventExitStatus=2
SuccessExitStatus=130
RestartSec=30
"""
_BACK_OFF: Final = """\
RestartSteps=7
RestartMaxDelaySec=1h
"""
# A retraining that runs out of memory is ended alone; mail goes on. Tasks are threads, up to five for each mailbox.
_LIMITS: Final = """\
KillMode=mixed
TimeoutStopSec=45
MemoryHigh=1G
MemoryMax=1536M
TasksMax=512
Nice=5
OOMPolicy=continue
"""
_HARDENING: Final = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateMounts=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""
# Retraining leaves the processor to others. A user unit does without: it goes by the class of the whole service.
_MORE_CALLS: Final = "SystemCallFilter=setpriority\n"
# What other programs keep in a home folder and nobody reading mail has to see.
_PRIVATE: Final = (".ssh", ".gnupg", ".aws", ".kube", ".mozilla", ".config/google-chrome", ".password-store", ".netrc")


def render(needs: Needs, *, systemd: int) -> str:
    """Return the unit for ``needs``, as systemd of major version ``systemd`` understands it."""
    return "".join(
        [
            _head(needs),
            "\n[Service]\n",
            f"ExecStart={' '.join(_argument(word) for word in needs.command)}\n",
            "Environment=PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1\n",
            "WorkingDirectory=/\n",
            *(f"LoadCredential={name}:{_path(source)}\n" for name, source in needs.credentials),
            "\n",
            _LIFE,
            _BACK_OFF if systemd >= STEPS_SINCE else "",
            "\n",
            _LIMITS,
            "\n",
            *_places(needs),
            *_devices(needs),
            _HARDENING,
            _MORE_CALLS if needs.scope == "system" else "",
            f"\n[Install]\nWantedBy={'multi-user' if needs.scope == 'system' else 'default'}.target\n",
        ]
    )


def _head(needs: Needs) -> str:
    lines = ["[Unit]", "Description=Jeeves reads your mail and speaks up", "StartLimitIntervalSec=0"]
    if needs.scope == "system":
        # Without a battery a small machine starts in the past, and no certificate is valid yet.
        lines += ["Wants=network-online.target", "After=network-online.target time-sync.target postgresql.service"]
        lines += [f"RequiresMountsFor={_path(needs.data_dir)}"]
    return "\n".join(lines) + "\n"


def _places(needs: Needs) -> Iterator[str]:
    folders = [folder for folder in (needs.data_dir, *needs.writable) if folder != SYSTEM_FOLDER]
    if needs.scope == "system":
        yield f"User={ACCOUNT}\nStateDirectory={ACCOUNT}\nStateDirectoryMode=0700\n"
        program = [folder for folder in needs.program if in_home(folder)]
        yield f"ProtectHome={'tmpfs' if program else 'yes'}\n"
        yield from (f"BindReadOnlyPaths={_path(folder)}\n" for folder in program)
    else:
        # Read-only, not hidden: the socket to systemd itself lies in /run/user, which "tmpfs" would cover.
        yield "ProtectHome=read-only\n"
        yield from (f"InaccessiblePaths=-%h/{name}\n" for name in _PRIVATE)
    yield from (f"ReadWritePaths={_path(folder)}\n" for folder in folders)


def _devices(needs: Needs) -> Iterator[str]:
    # A user's sound server is reached by a socket; without one, by the device itself.
    if needs.speaks and needs.scope == "system":
        yield "DevicePolicy=closed\nDeviceAllow=char-alsa rw\nSupplementaryGroups=audio\n"
    else:
        yield "PrivateDevices=yes\n"


def _argument(word: str) -> str:
    """Quote one word of a command line (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(character in word for character in " \t\"'\\;") else escaped


def _path(path: Path) -> str:
    """Quote one path of a list (systemd.syntax(7), "Quoting")."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if any(character in str(path) for character in " \t\"'\\") else escaped
