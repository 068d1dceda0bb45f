"""Programs at the prompt: `!line` in the jail, `!!line` outside, and which lines need a shell."""

from pathlib import Path

import pytest

from apps.shell.bang import argv_of, shell_line
from kernel.journal.effects import EFFECT_KINDS, effects
from syscalls.errors import BadArgument
from tests.shell.sitting import sitting

PLAIN = {
    "ls -la": ["ls", "-la"],
    "echo 'a | b' \"c d\"": ["echo", "a | b", "c d"],
    "git commit -m 'it is; done'": ["git", "commit", "-m", "it is; done"],
    "python -c 'print(1)'": ["python", "-c", "print(1)"],
}
SHELLS = (
    "ls | wc -l", "echo $HOME", "ls *.py", "a && b", "a; b", "echo hi > x", "x=1 env", "cd src", "echo \"$X\"",
    "echo `date`", "cat <<E", "echo {a,b}", "ls ~", "sleep 1 &", "echo a\\ b", "it's",
)  # fmt: skip


@pytest.mark.parametrize("line", PLAIN)
def test_plain_words_are_the_program_and_its_arguments(line: str) -> None:
    assert argv_of(line) == PLAIN[line]


@pytest.mark.parametrize("line", SHELLS)
def test_shell_syntax_goes_to_a_shell_as_it_was_typed(line: str) -> None:
    assert argv_of(f"  {line} ") == ["sh", "-c", line]


@pytest.mark.parametrize("line", ["!", "!  ", "!!ls"])
def test_nothing_to_run_and_what_is_only_for_the_prompt_are_refused(line: str) -> None:
    with pytest.raises(BadArgument):
        shell_line(line)


async def test_a_program_shows_its_lines_harmless_and_its_changes_can_be_undone(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        seen = await person.asks(r"!printf 'a\033[2Jb\n'; echo text > made.txt", "created made.txt")
        assert "a\\x1b[2Jb" in seen
        assert (person.workspace / "made.txt").read_text() == "text\n"
        await person.asks("/undo", "removed made.txt")
        await person.asks("!false", "exit status 1")
        await person.asks("!nosuchprogram", "no program 'nosuchprogram'")


async def test_a_line_outside_the_jail_says_so_and_is_in_the_journal_without_undo(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        outside = tmp_path / "outside.txt"
        await person.asks(f"!!touch {outside}", "cannot be undone")
        assert outside.exists()
        await person.asks("!!exit 3", "exit status 3")
        await person.asks("!!", "expected a program")
        found = effects(person.kernel.journal.rows(kinds=EFFECT_KINDS))
        assert [(one.name, one.is_undoable) for one in found] == [("shell.outside", False)] * 2
        assert found[0].arguments["line"] == f"touch {outside}"
