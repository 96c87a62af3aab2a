"""Commands: exit codes, one-line errors, help from the config, quick help."""

import errno
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from blendgan.command import DEAF_S, Command, CommonConfig, main
from blendgan.console import Console
from blendgan.errors import UserError


@dataclass(frozen=True, kw_only=True)
class ShoutConfig(CommonConfig):
    """Flags of `shout`."""

    times: int = 1
    """How often to shout."""


def shout(config: ShoutConfig, console: Console) -> None:
    if config.times < 0:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            console.result("wound down")
    if config.times < 1:
        raise UserError(f"--times is {config.times}; give 1 or more")
    if config.times > 100:
        raise KeyboardInterrupt
    if config.times > 10:
        raise OSError(errno.ENOSPC if config.times > 11 else errno.EACCES, "", "work/log")
    console.result("ah! " * config.times, times=config.times)


COMMANDS = {"shout": Command(f"{__name__}:ShoutConfig", f"{__name__}:shout", "Shout.", "program shout --times 3")}


def call(*words: str) -> int:
    return main("program", COMMANDS, "About.", words)


def test_a_result_is_a_sentence_or_a_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("shout", "--times", "2") == 0
    assert call("shout", "--times", "2", "--json") == 0
    assert capsys.readouterr().out == 'ah! ah! \n{"times": 2}\n'


def test_a_users_mistake_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("shout", "--times", "0") == 1
    assert capsys.readouterr().err == "program shout: --times is 0; give 1 or more\n"


def test_a_signal_that_was_lost_can_be_repeated_later(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert call("shout") == 0
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        later = time.monotonic() + DEAF_S
        monkeypatch.setattr(time, "monotonic", lambda: later)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_interrupt_ends_with_130_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("shout", "--times", "101") == 130
    assert "run the same command again" in capsys.readouterr().err


def test_a_repeated_signal_does_not_cut_the_winding_down(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert call("shout", "--times", "-1") == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    said = capsys.readouterr()
    assert said.out == "wound down\n" and "run the same command again" in said.err


def test_a_full_disk_and_other_errors_of_the_system_are_one_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("shout", "--times", "12") == 1
    said = capsys.readouterr().err
    assert said == "program shout: no space left for work/log; free some and run the same command again to go on\n"
    assert call("shout", "--times", "11") == 1
    assert "the system refuses work/log ([Errno 13]" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("shoot") == 2
    assert "did you mean shout?" in capsys.readouterr().err


def test_an_unknown_flag_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        call("shout", "--tims", "3")
    assert exit_info.value.code == 2


def test_help_shows_the_example_and_the_fields_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call("shout", "--help")
    text = capsys.readouterr().out
    assert "program shout --times 3" in text
    assert "How often to shout." in text


def test_help_answers_before_heavy_libraries_are_imported() -> None:
    # time is no criterion in a test: what makes help slow is what it imports
    code = (
        "import sys; from aahq_builder.cli import COMMANDS, ABOUT; from blendgan.command import main\n"
        "for name in COMMANDS:\n"
        "    COMMANDS[name].load_config()\n"
        "main('aahq-build', COMMANDS, ABOUT, ['--help'])\n"
        "heavy = {'torch', 'dlib', 'cv2', 'pandas', 'datasets', 'sklearn', 'numpy', 'PIL'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
