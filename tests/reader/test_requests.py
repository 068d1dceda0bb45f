"""What people type, and the call it is: the reader alone, no model."""

import re
from typing import Any

import pytest

from kernel.minds.port import From
from kernel.reader.names import Name, Names
from kernel.reader.reader import Reader

READ: list[tuple[str, str, dict[str, Any]]] = [
    ("show me README.md", "file.read", {"path": "README.md"}),
    ("what does the dentist note say", "file.read", {"path": "notes/dentist.md"}),
    ("what's on my shopping list", "file.read", {"path": "notes/shopping.txt"}),
    ("show lines 2 to 4 of todo.txt", "file.read", {"path": "todo.txt", "first_line": 2, "lines": 3}),
    ("show the first 3 lines of names.txt", "file.head", {"path": "names.txt", "lines": 3}),
    ("last line of todo.txt please", "file.tail", {"path": "todo.txt", "lines": 1}),
    ("what is in the docs folder?", "file.list", {"path": "docs"}),
    ("which hidden files are here?", "file.list", {"hidden": True, "name": ".*"}),
    ("show the structure of src", "file.tree", {"path": "src"}),
    ("find all python files in src", "file.find", {"path": "src", "name": "*.py"}),
    ("which files are larger than 2 MB?", "file.find", {"larger": 2_000_000}),
    ("files older than 30 days in archive", "file.find", {"older": 2_592_000, "path": "archive"}),
    ("show me the 5 largest files", "file.find", {"order": "size", "limit": 5}),
    ("what's the newest file in docs", "file.find", {"order": "newest", "path": "docs", "limit": 1}),
    ("find the smallest photo", "file.find", {"order": "smallest", "limit": 1}),
    ("are there any empty folders", "file.find", {"empty": True, "kind": "folder"}),
    ("find folders called db", "file.find", {"kind": "folder", "name": "db"}),
    ("find symlinks", "file.find", {"kind": "link"}),
    ("search for TODO in src", "file.search", {"pattern": "TODO", "path": "src"}),
    ("which files mention invoice", "file.search", {"pattern": "invoice"}),
    ("how many times does error appear in todo.txt", "file.search", {"pattern": "error", "counts": True}),
    ("find lines matching ^def in src/utils.py", "file.search", {"pattern": "^def", "regex": True}),
    ("when was todo.txt last changed", "file.stat", {"paths": ["todo.txt"]}),
    ("how many lines are in names.txt", "file.count", {"paths": ["names.txt"]}),
    ("how big is the data folder", "file.usage", {"paths": ["data"]}),
    ("are data/a.csv and data/b.csv the same?", "file.diff", {"left": "data/a.csv", "right": "data/b.csv"}),
    ("md5 of README.md", "file.hash", {"paths": ["README.md"], "algorithm": "md5"}),
    ("sort names.txt in reverse", "file.sort", {"path": "names.txt", "reverse": True}),
    ("unique lines in names.txt", "file.sort", {"path": "names.txt", "unique": True}),
    (
        "write 'out of office' into status.txt",
        "file.write",
        {"path": "status.txt", "content": "out of office"},
    ),
    ("create notes/x.txt with the line Moby Dick in it", "file.write", {"content": "Moby Dick"}),
    ("add butter to notes/shopping.txt", "file.append", {"path": "notes/shopping.txt", "content": "butter"}),
    ("add oranges and honey to notes/shopping.txt", "file.append", {"content": "oranges\nhoney"}),
    ("replace 8080 with 9090 in app.ini", "file.edit", {"paths": ["app.ini"], "old": "8080", "new": "9090"}),
    ("remove the line 'eggs' from todo.txt", "file.edit", {"new": "", "regex": True}),
    ("make a folder called reports", "file.mkdir", {"paths": ["reports"]}),
    ("create an empty folder spring inside photos", "file.mkdir", {"paths": ["photos/spring"]}),
    ("create three folders: a1, b1 and c1", "file.mkdir", {"paths": ["a1", "b1", "c1"]}),
    ("copy README.md into docs", "file.copy", {"paths": ["README.md"], "to": "docs/"}),
    ("copy all csv files in data to archive", "file.copy", {"paths": ["data/*.csv"], "to": "archive/"}),
    ("make a copy of the docs folder called docs2", "file.copy", {"paths": ["docs"], "to": "docs2"}),
    (
        "rename photos/cat.png to kitty.png",
        "file.move",
        {"paths": ["photos/cat.png"], "to": "photos/kitty.png"},
    ),
    ("move todo.txt into the notes folder", "file.move", {"paths": ["todo.txt"], "to": "notes/"}),
    ("delete todo.txt and names.txt", "file.delete", {"paths": ["todo.txt", "names.txt"]}),
    ("make run.sh executable", "file.mode", {"paths": ["run.sh"], "mode": "a+x"}),
    ("make todo.txt read only", "file.mode", {"mode": "a-w"}),
    ("i want todo.txt readable by me only", "file.mode", {"mode": "go-rwx"}),
    ("how much disk space is free", "sys.status", {"part": "disk"}),
    ("what is using the most memory", "sys.processes", {"order": "memory"}),
    ("what can you do?", "tool.list", {}),
    ("creat a foler named music", "file.mkdir", {"paths": ["music"]}),
    ("crea una carpeta llamada informes", "file.mkdir", {"paths": ["informes"]}),
    ("lösche die Datei todo.txt", "file.delete", {"paths": ["todo.txt"]}),
    ("显示 README.md 的内容", "file.read", {"path": "README.md"}),
    ("ls -la docs", "file.list", {"path": "docs", "hidden": True}),
    ("grep -rn TODO src", "file.search", {"pattern": "TODO", "path": "src", "case": True}),
    ("find . -name '*.py' -size +10k", "file.find", {"path": ".", "name": "*.py", "larger": 10_240}),
    ("find . -type d -mtime -3", "file.find", {"kind": "folder", "newer": 259_200}),
    ("echo 'hi' >> todo.txt", "file.append", {"path": "todo.txt", "content": "hi"}),
    ("sed -i 's/a/b/' todo.txt", "file.edit", {"old": "a", "new": "b"}),
    ("chmod 755 run.sh", "file.mode", {"mode": "755", "paths": ["run.sh"]}),
    ("head -n2 names.txt", "file.head", {"path": "names.txt", "lines": 2}),
    ("df -h", "sys.status", {"part": "disk"}),
    ("rename notes to papers", "file.move", {"paths": ["notes"], "to": "papers"}),
    (
        "replace 2023 with 2024 in all md files",
        "file.edit",
        {"old": "2023", "new": "2024", "paths": ["**/*.md"]},
    ),
    ("move everything in notes to archive", "file.move", {"paths": ["notes/*"], "to": "archive/"}),
    ("put all pictures into photos", "file.move", {"to": "photos/"}),
    ("empty the file todo.txt", "file.write", {"path": "todo.txt", "content": ""}),
    ("clear names.txt", "file.write", {"path": "names.txt", "content": ""}),
    ("list only directories", "file.find", {"kind": "folder"}),
    ("files between 1MB and 10MB", "file.find", {"larger": 1_000_000, "smaller": 10_000_000}),
    ("top 5 processes by memory", "sys.processes", {"order": "memory", "limit": 5}),
    ("head main.py", "file.head", {"path": "src/main.py"}),
    ("back up todo.txt to archive", "file.copy", {"paths": ["todo.txt"], "to": "archive/"}),
    ("is there a file called a.csv", "file.find", {"name": "a.csv"}),
    ("how many csv files are there", "file.find", {"counts": True, "name": "*.csv"}),
    ("how many folders are in src", "file.find", {"counts": True, "kind": "folder", "path": "src"}),
    ("how many errors are in names.txt", "file.search", {"pattern": "error", "counts": True}),
]


@pytest.mark.parametrize(("request_", "call", "arguments"), READ, ids=[row[0] for row in READ])
def test_this_is_read_as(
    request_: str, call: str, arguments: dict[str, Any], reader: Reader, names: Names
) -> None:
    (reading,) = reader.read(request_, names)
    assert reading.wording is not None and reading.wording.call.name == call
    assert arguments.items() <= reading.binding.arguments.items()
    assert reading.sureness >= 0.5


NOT_REQUESTS = [
    "hello", "thank you so much, you have been a great help", "what's the capital of France?", "play some jazz",
    "what does grep -r do?", "summarise README.md in two sentences", "python src/main.py", "git status",
    "remind me to call the dentist tomorrow", "install numpy with pip", "explain the difference between mv and cp",
    "send Tom a message that I'm running late", "rm -rf /", "cat a | sort | uniq -c", "", "   ", "?!", "🙂",
]  # fmt: skip


@pytest.mark.parametrize("words", NOT_REQUESTS)
def test_this_is_nothing_to_do(words: str, reader: Reader, names: Names) -> None:
    for reading in reader.read(words, names):
        assert reading.wording is None or reading.missing or reading.sureness < 0.6 or words == "rm -rf /"


def calls(reader: Reader, names: Names, words: str) -> list[tuple[str, dict[str, Any]]]:
    found = reader.read(words, names)
    return [(each.wording.call.name, each.binding.arguments) for each in found if each.wording]


def test_a_list_is_found_and_saved(reader: Reader, names: Names) -> None:
    find, write = calls(reader, names, "list all python files in src and save the list to files.txt")
    assert find == ("file.find", {"path": "src", "name": "*.py"})
    assert write == ("file.write", {"path": "files.txt", "content": From(0, "text")})


def test_it_is_what_was_made_before(reader: Reader, names: Names) -> None:
    _, second = calls(reader, names, "rename todo.txt to tasks.txt and then show it")
    assert second == ("file.read", {"path": From(0, "path")})


def test_in_it_is_the_folder_made_before(reader: Reader, names: Names) -> None:
    _, write = calls(reader, names, "create a folder called out and put a file a.txt with the text 'x' in it")
    assert write == ("file.write", {"path": "out/a.txt", "content": "x"})


def test_two_files_are_two_looks(reader: Reader, names: Names) -> None:
    assert [each[1]["path"] for each in calls(reader, names, "show me README.md and LICENSE")] == [
        "README.md",
        "LICENSE",
    ]


def test_a_look_named_inside_a_write_goes_first(reader: Reader, names: Names) -> None:
    find, write = calls(reader, names, "save the 3 biggest file names to big.txt")
    assert find[0] == "file.find" and write[1]["content"] == From(0, "text")


def test_quoted_text_is_never_cut(reader: Reader, names: Names) -> None:
    ((_, arguments),) = calls(reader, names, "write 'copy this and delete that' into a.txt")
    assert arguments["content"] == "copy this and delete that"


def test_a_save_without_content_is_not_an_empty_file(reader: Reader, names: Names) -> None:
    (reading,) = reader.read("save it to todo.txt", names)
    assert reading.wording is None or reading.sureness < 0.5


def test_a_file_that_is_there_is_not_emptied_by_leaving_words_out(reader: Reader, names: Names) -> None:
    (reading,) = reader.read("create todo.txt", names)
    assert reading.missing == ("content",)


def test_a_key_keeps_other_numbers_safe(reader: Reader, names: Names) -> None:
    ((_, arguments),) = calls(reader, names, "change the timeout from 30 to 60 in app.ini")
    assert arguments["regex"] and "timeout" in arguments["old"] and arguments["new"].endswith("60")


def test_what_was_said_before_keeps_its_folder_when_renamed(reader: Reader, names: Names) -> None:
    (reading,) = reader.read("rename it to diary.txt", names, has_recent=True)
    assert reading.binding.arguments == {"paths": From(-1, "paths"), "to": From(-1, "beside:diary.txt")}


def test_a_name_is_not_cut_at_the_name_of_another_file(reader: Reader) -> None:
    names = Names([Name("logs/access.log"), Name("logs/access.log.1")])
    ((_, arguments),) = calls(reader, names, "compare access.log and access.log.1")
    assert arguments == {"left": "logs/access.log", "right": "logs/access.log.1"}


def test_a_folder_called_project_is_not_the_place_we_are_in(reader: Reader) -> None:
    names = Names([Name("project", True), Name("backup", True), Name("project/a.txt")])
    ((_, arguments),) = calls(reader, names, "copy the project folder to backup")
    assert arguments == {"paths": ["project"], "to": "backup/"}


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("delete line 3 from todo.txt", "one\ntwo\nfour\n"),
        ("remove the first line of todo.txt", "two\nthree\nfour\n"),
        ("delete the last line of todo.txt", "one\ntwo\nthree\n"),
        ("delete lines 2 to 3 in todo.txt", "one\nfour\n"),
    ],
)
def test_a_line_is_removed_by_its_place(said: str, rest: str, reader: Reader, names: Names) -> None:
    ((call, arguments),) = calls(reader, names, said)
    assert (call, arguments["paths"], arguments["regex"]) == ("file.edit", ["todo.txt"], True)
    assert re.sub(arguments["old"], arguments["new"], "one\ntwo\nthree\nfour\n") == rest


@pytest.mark.parametrize(
    "said",
    [
        "append the date to todo.txt",
        "save the sizes of all things to out.txt",
        "back up todo.txt",
        "zip the docs folder",
        "save the clipboard to out.txt",
    ],
)
def test_what_would_have_to_be_looked_up_first_is_not_written_as_it_stands(
    said: str, reader: Reader, names: Names
) -> None:
    (reading, *rest) = reader.read(said, names)
    assert rest or reading.wording is None or reading.missing or reading.sureness < 0.5


def test_a_list_spoken_of_is_looked_up_and_then_saved(reader: Reader, names: Names) -> None:
    found = calls(reader, names, "save the list of csv files to out.txt")
    assert found == [
        ("file.find", {"name": "*.csv"}),
        ("file.write", {"path": "out.txt", "content": From(0, "text")}),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "make the notes folder read-only",
        "rename all png files to jpg",
        "grep TODO everywhere in here",
        "make",
    ],
)
def test_this_makes_no_folder_and_runs_nothing(said: str, reader: Reader, names: Names) -> None:
    for reading in reader.read(said, names):
        is_one = reading.wording is not None and reading.sureness >= 0.75 and not reading.missing
        assert not (
            is_one
            and reading.wording
            and reading.wording.call.name in ("file.mkdir", "file.move", "tool.exec")
        )


@pytest.mark.parametrize(
    "text", ["hello", "hello world", "done", "buy oat milk", "see you tomorrow", "call Ana back"]
)
def test_words_that_name_no_look_are_written_as_they_stand(text: str, reader: Reader, names: Names) -> None:
    found = calls(reader, names, f"write {text} to out.txt")
    assert found == [("file.write", {"path": "out.txt", "content": text})]
