"""Help, manual page, docs/cli.md and completion hold every command and option of the table, and work."""
import re
import shutil
import subprocess

import pytest

import cli
from broker import ROOT

MAN = (ROOT / "docs/man/smsquitto.1").read_text()
PAGE = (ROOT / "docs/cli.md").read_text()


def options_of(text):
    """Names of the options in the lists of a help text."""
    return re.findall(r"^  --([a-z-]+)", text, re.M)


OVERVIEW = cli.run("--help").out
COMMANDS = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: [][A-Z.a-z|]+)* {2,}[a-z]", OVERVIEW.split("\nOptions")[0], re.M)
GLOBALS = options_of(OVERVIEW)


def test_the_table_was_read():
    assert len(COMMANDS) >= 51 and len(GLOBALS) == 10
    assert {"init", "send", "messages tail", "device rotate", "completion"} <= set(COMMANDS)


def man_section(command):
    found = re.search(rf"^\.Ss {command}( Ar [^\n]*)?\n(.*?)(?=^\.S[sh] )", MAN, re.M | re.S)
    assert found, f"the manual page has no section on {command}"
    return found[2]


def page_row(command):
    rows = [line for line in PAGE.splitlines() if re.search(rf"`{command}( [^`]*)?`", line.split("|")[1] if line.startswith("|") else "")]
    assert rows, f"docs/cli.md has no row on {command}"
    return rows[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_described(command):
    result = cli.run(*command.split(), "--help")
    assert result.code == 0 and result.out.startswith(f"Usage: smsquitto {command}"), result
    section, row = man_section(command).replace("\\-", "-"), page_row(command)
    for option in options_of(result.out):
        assert re.search(rf"Fl -{option}\b", section), f"the manual page misses --{option} of {command}"
        assert f"`--{option}`" in row, f"docs/cli.md misses --{option} of {command}"


def test_every_common_option_is_described():
    section = re.search(r"^\.Sh OPTIONS\n(.*?)^\.Sh", MAN, re.M | re.S)[1]
    for option in GLOBALS:
        assert re.search(rf"Fl -{option}\b", section), option
        assert f"`--{option}" in PAGE, option


def test_nothing_is_described_that_is_not_there():
    known = set(GLOBALS)
    for command in COMMANDS:
        known |= set(options_of(cli.run(*command.split(), "--help").out))
    assert set(re.findall(r"Fl -([a-z][a-z-]+)", MAN)) <= known
    assert set(re.findall(r"`--([a-z-]+)", PAGE)) - {"help", "version"} <= known
    assert set(re.findall(r"^\.Ss ([a-z]+(?: [a-z]+)?)(?: Ar .*)?$", MAN, re.M)) == set(COMMANDS)


def test_exit_codes_are_described():
    assert re.findall(r"^\.It (\d)$", MAN, re.M) == [str(code) for code in range(9)]
    assert re.findall(r"^\| (\d) \|", PAGE, re.M) == [str(code) for code in range(9)]


def test_version():
    result = cli.run("--version")
    assert result.code == 0 and re.fullmatch(r"smsquitto \d+\.\d+\.\d+\n", result.out)


def test_warns_of_a_key_on_the_command_line():
    assert re.search(r"--key KEY .*see it", OVERVIEW)


# --- completion

BASH = """
source <(printf '%s' "$SCRIPT")
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_smsquitto
printf '%s\\n' "${COMPREPLY[@]}"
"""
# compadd works only inside zsh's own completion: here it shows what it was given that fits.
ZSH = """
compdef() { }
compadd() { shift; for word in "$@"; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done; true }
_files() { print -r -- "files $*" }
eval "$SCRIPT"
words=("$@")
CURRENT=$#
_smsquitto
"""


def complete(shell, *words):
    script = cli.run("completion", shell).out
    command = ["bash", "-c", BASH, "bash"] if shell == "bash" else ["zsh", "-f", "-c", ZSH, "zsh"]
    result = subprocess.run([*command, "smsquitto", *words], env={"SCRIPT": script, "PATH": "/usr/bin:/bin"},
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and result.stderr == "", result
    return result.stdout.split("\n")[:-1] if result.stdout.strip() else []


SHELLS = ["bash", pytest.param("zsh", marks=pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed"))]


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_offers_what_may_follow(shell):
    assert complete(shell, "dev") == ["device"]
    assert complete(shell, "device", "r") == ["resume", "rotate", "remove"]
    assert complete(shell, "device", "show", "--j") == ["--json"]
    assert complete(shell, "send", "+491", "--la") == ["--language", "--lane"]
    assert complete(shell, "send", "--lane", "b") == ["bulk"]
    assert complete(shell, "--url", "send", "st") == ["stats", "status"]
    assert complete(shell, "completion", "") [:2] == ["bash", "zsh"]
    assert complete(shell, "device", "remove", "x", "--y") == ["--yes"]
    assert complete(shell, "send", "--text", "") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_every_command(shell):
    for command in COMMANDS:
        words = command.split()
        assert words[-1] in complete(shell, *words[:-1], ""), command
        offered = complete(shell, *words, "--")
        assert [f"--{option}" for option in options_of(cli.run(*words, "--help").out)] == \
            [option.rstrip("=") for option in offered if option.removeprefix("--") not in GLOBALS]


def test_completion_of_files_in_bash(tmp_path):
    (tmp_path / "some.conf").touch()
    (tmp_path / "some.dir").mkdir()
    assert set(complete("bash", "--config", f"{tmp_path}/some")) == {f"{tmp_path}/some.conf", f"{tmp_path}/some.dir"}
    assert complete("bash", "init", "--dir", f"{tmp_path}/some") == [f"{tmp_path}/some.dir"]
