from __future__ import annotations

import warnings

import pytest

from automl.cli.user_errors import UserError, short_warnings, user_errors


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("y is empty; give it rows"), "y is empty; give it rows"),
        (TypeError("X is a set"), "X is a set"),
        (PermissionError(13, "Permission denied", "m.automl"), "m.automl: Permission denied"),
        (OSError("no room"), "no room"),
    ],
)
def test_what_the_user_can_mend_is_a_user_error(error, message):
    with pytest.raises(UserError) as raised, user_errors():
        raise error
    assert str(raised.value) == message
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [BrokenPipeError(), KeyError("x"), ZeroDivisionError(), KeyboardInterrupt()])
def test_a_bug_and_a_signal_stay_what_they_are(error):
    with pytest.raises(type(error)), user_errors():
        raise error


def test_a_warning_is_one_line(capsys):
    shown_before = warnings.showwarning
    with short_warnings("fit"):
        warnings.warn("the store is locked", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "automl fit: warning: the store is locked\n"
    assert warnings.showwarning is shown_before
