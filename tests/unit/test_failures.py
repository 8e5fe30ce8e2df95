import pytest

from jeeves.cli.failures import explain
from jeeves.errors import (
    AlreadyRunning,
    ConfigError,
    DatabaseUnavailable,
    JeevesError,
    MailAuthFailed,
    MailHostUnknown,
    NotificationRejected,
    UserError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("x"), 2),
        (ConfigError("jeeves.toml", ["x"]), 2),
        (MailAuthFailed("x"), 2),  # permanent, and the owner's to mend
        (MailHostUnknown("x"), 2),  # transient, and the owner's to mend
        (DatabaseUnavailable("x"), 1),
        (NotificationRejected("x"), 1),
        (AlreadyRunning("x"), 75),
        (ValueError("x"), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert explain(error)[1] == code


def test_an_error_is_told_in_one_sentence_with_what_to_do() -> None:
    lines, _ = explain(UserError("The password is wrong.", advice="Make a new one."))

    assert lines == ["The password is wrong.", "Make a new one."]


def test_long_text_is_wrapped_at_80_columns_even_when_it_holds_no_space() -> None:
    lines, _ = explain(ConfigError("/" + "x" * 300, ["word " * 40, "q" * 300]))

    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("q") == 300


def test_controls_in_a_message_never_reach_the_terminal() -> None:
    lines, _ = explain(JeevesError("no folder \x1b[31m\u202eINBOX\n", advice="\x07Look"))

    assert lines == ["no folder INBOX", "Look"]


def test_a_bug_is_told_by_type_and_place_without_its_text() -> None:
    try:
        int("Dear Ann")
    except ValueError as error:
        lines, _ = explain(error)

    told = "\n".join(lines)
    assert "a bug in itself (ValueError)" in told
    assert "test_failures.py" in told
    assert "Dear Ann" not in told
    assert max(map(len, lines)) <= 80
