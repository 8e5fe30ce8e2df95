"""The process that runs for months: watchers, scheduler and signals.

Lives here: when what is done, and what each kind of error leads to. Must not live here: what is done (``actions``),
adapters (``app``).
"""

from jeeves.daemon.passes import PassResult, Runner
from jeeves.daemon.pulse import Pulse
from jeeves.daemon.replies import reply_jobs
from jeeves.daemon.serve import Job, serve
from jeeves.daemon.service_manager import ServiceManager
from jeeves.daemon.sole import SoleDaemon
from jeeves.daemon.watching import Watcher, watchers_for

__all__ = [
    "Job",
    "PassResult",
    "Pulse",
    "Runner",
    "ServiceManager",
    "SoleDaemon",
    "Watcher",
    "reply_jobs",
    "serve",
    "watchers_for",
]
