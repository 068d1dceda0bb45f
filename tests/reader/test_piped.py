"""What was piped in is saved or added as it is; where it is not plain to see that it is meant, there is no such reading."""

import pytest

from kernel.minds.port import PIPED
from kernel.reader.names import Names
from kernel.reader.reader import Reader


def call_of(reader: Reader, names: Names, request: str) -> tuple[str, object, object]:
    (reading,) = reader.read(request, names)
    arguments = reading.binding.arguments
    name = reading.wording.call.name if reading.wording else ""
    return name, arguments.get("path"), arguments.get("content")


@pytest.mark.parametrize(
    ("request_", "name", "path"),
    [
        ("save the input to x.txt", "file.write", "x.txt"),
        ("Please write stdin into out/x.txt.", "file.write", "out/x.txt"),
        ("save what I piped in to x.txt", "file.write", "x.txt"),
        ("store the piped text as 'x.txt'", "file.write", "x.txt"),
        ("put everything that was piped in into a file called notes", "file.write", "notes"),
        ("append the standard input to log.txt", "file.append", "log.txt"),
        ("add my input to the file todo", "file.append", "todo"),
        ("write the input to the end of log.txt", "file.append", "log.txt"),
    ],
)
def test_what_was_piped_in_is_saved(
    reader: Reader, names: Names, request_: str, name: str, path: str
) -> None:
    assert call_of(reader, names, request_) == (name, path, PIPED)


@pytest.mark.parametrize(
    "request_",
    [
        "save the input of the form to x.txt", "append the input to the log", "write input validation to x.txt",
        "save 'the input' to x.txt", "put the input file in docs/",
    ],
)  # fmt: skip
def test_other_words_do_not_mean_it(reader: Reader, names: Names, request_: str) -> None:
    assert PIPED not in [
        value for reading in reader.read(request_, names) for value in reading.binding.arguments.values()
    ]
