"""All the faults there are.

Lives here: ``FAULTS``. Must not live here: what they do.
"""

from __future__ import annotations

from typing import Final

from tests.acceptance.faults import of_the_database, of_the_machine, of_the_process

FAULTS: Final = (*of_the_database.FAULTS, *of_the_machine.FAULTS, *of_the_process.FAULTS)
