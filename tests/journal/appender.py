"""A child process that appends: `appender.py PATH SESSION COUNT`; COUNT 0 goes on until it is killed.

Every tenth row is durable; its number is printed once the journal has promised it.
"""

import sys

from kernel.journal.records import NoteRow
from kernel.journal.sqlite import SqliteJournal


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(path: str, session: str, count: int) -> None:
    journal = SqliteJournal.open(path)
    tell("ready")
    sys.stdin.readline()
    number = 0
    while count == 0 or number < count:
        number += 1
        durable = number % 10 == 0
        seq = journal.append(session, "note", NoteRow(f"{session} {number}"), durable=durable)
        if durable:
            tell(f"{seq} {number}")
    journal.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
