"""What a person might have told a shell in ten years: made sentences, with words as unevenly used as in life."""

import random
from collections.abc import Iterator

_PEOPLE = (
    "Anna Ben Carla Deniz Elif Farid Greta Hana Ivan Jonas Keiko Lena Maria Nils Olga Pedro Quentin Rosa Sami Tom Ugo Vera "
    "Wanda Xenia Yusuf Zoe"
).split()
_THINGS = (
    "staging server,build cache,payroll report,backup disk,door code list,coffee machine,printer on the third floor,"
    "travel budget,customer database,release checklist,test laptop,greenhouse sensor,conference badge,old camera,"
    "tax folder,bicycle key,wine list,garden hose,piano,router,freezer,contract draft,style guide,mail archive,"
    "invoice template,parking permit,spare battery,meeting recording,holiday plan,insurance policy"
).split(",")
_PLACES = (
    "Oslo,the cellar,the shared drive,room 4,the harbour office,Lisbon,the top drawer,the wiki,Kyoto,the blue shelf,"
    "the main repository,the garage,Berlin,the second rack,the kitchen,the archive,Nairobi,the loft"
).split(",")
_DEEDS = (
    "moved to,was fixed in,is kept in,will be sold in,was last seen in,must be checked in,has been copied to,"
    "was ordered from,is shared with the team in,broke down in"
).split(",")
_FORMS = (
    "the {thing} of {person} {deed} {place} since {month} {year}",
    "{person} said that the {thing} {deed} {place}, ask {other} about item {number}",
    "{person} prefers the {thing} in {place} over the one of {other}",
    "the address of the {thing} is 10.{a}.{b}.{c} and {person} looks after it",
    "meeting with {person} and {other} about the {thing} on {day} {month} {year} in {place}",
    "the {thing} number {number} {deed} {place}",
    "{person} turned {age} in {month} and wants a {thing}",
    "remember to call {person} at 0{a} {number} about the {thing}",
)  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()


class Remembered:
    """Sentences and questions about them; the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)

    def texts(self) -> Iterator[str]:
        """Sentences without end; repeats are rare."""
        while True:
            yield self._chance.choice(_FORMS).format(**self._filling())

    def questions(self) -> Iterator[str]:
        """What might be asked of them."""
        forms = (
            "where is the {thing} of {person}?",
            "what is the address of the {thing} that {person} looks after?",
            "when did {person} meet {other} about the {thing} in {place}?",
            "item {number} of the {thing}",
            "what does {person} want for the birthday in {month}?",
        )
        while True:
            yield self._chance.choice(forms).format(**self._filling())

    def _filling(self) -> dict[str, object]:
        chance = self._chance
        return {
            "person": self._uneven(_PEOPLE), "other": self._uneven(_PEOPLE), "thing": self._uneven(_THINGS),
            "deed": self._uneven(_DEEDS), "place": self._uneven(_PLACES), "month": chance.choice(_MONTHS),
            "year": chance.randint(2012, 2026), "day": chance.randint(1, 28), "number": chance.randint(1000, 99_999),
            "age": chance.randint(18, 90), "a": chance.randint(0, 255), "b": chance.randint(0, 255),
            "c": chance.randint(1, 254),
        }  # fmt: skip

    def _uneven(self, words: list[str]) -> str:
        """The first of them often, the last seldom."""
        return words[int(len(words) * self._chance.random() ** 2)]
