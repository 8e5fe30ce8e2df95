"""What ``jeeves --help`` says of each command, so that it need not load all of them to say it.

Lives here: the table. Must not live here: imports.

Each line is the command's own ``short_help``, and a test holds them together. A command without a line here is asked.
"""

from typing import Final

SUMMARIES: Final = {
    "init": "Set Jeeves up in a short conversation.",
    "run": "Watch the mailbox and speak up; this is the daemon.",
    "status": "Show how far mail is read, what was found, what is wrong.",
    "classify": "Score mail in files, without database or configuration.",
    "evaluate": "Measure the model on labelled mail.",
    "compare": "Let other methods compete on the same mail.",
    "label": "Say which messages need a place.",
    "search": "Find messages by their words.",
    "show": "Show a message, its answers, its thread, what was decided.",
    "pending": "List the get-togethers that lack a place.",
    "why": "Show what decided about a message.",
    "mute": "Hear no more of a sender or a thread; `mute list` shows them.",
    "unmute": "Hear of a sender or a thread again.",
    "outbox": "Show what is on its way to you; send again, or let be.",
    "notify-test": "Send a test message through each channel, now.",
    "retrain": "Learn again from your labels.",
    "backfill": "Fetch the mail of the past, without attachments.",
    "import": "Take old mail in: Google Takeout, mbox, Maildir, .eml files.",
    "models": "See the trained models; choose which one serves.",
    "audit": "Compare the server's mail with what is stored; fetch what is missing.",
    "auth": "Sign in to Gmail with OAuth instead of a password.",
    "db": "Look after the database.",
    "backup": "Write database and models to one file, also while Jeeves runs.",
    "restore": "Put a backup back where nothing is yet.",
    "forget": "Delete what a sender wrote, what is old, or everything.",
    "service": "Run Jeeves as a service: install, status, logs, uninstall.",
    "doctor": "Look at everything; say what is wrong and the remedy.",
}
