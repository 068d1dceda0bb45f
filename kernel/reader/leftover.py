"""Which words of a clause nothing explains: a sign that the person wanted something else."""

from kernel.reader.choose import POLITE, Wording
from kernel.reader.names import stem
from kernel.reader.spans import Clause, Span, mask
from kernel.reader.task import Binding

FUNCTION_WORDS = frozenset(
    """is are was were be been being am do does did has have had it its it's that this these those there they them what which who
    where when how why whats what's where's how's that's of in on at by with from into onto under over inside within below above
    between among through than as or if not no any all every each both one ones only also still yet more most less least very much many
    lot lots can can't cannot should will would won't shall may might file files folder folders directory directories dir name names
    called named we our us you he she his her their there's i'm i've my me give tell show see get let take everything anything
    something thing things whole entire complete full contents content out up down back again whose first last new using use used
    case sure wonder wondering know like look looks kind sort type types ones current currently now present saved kept
    el la los las de del en y un una der die das den dem ein eine in im und mit von le les des du une dans et que qué los carpeta archivo archivos datei dateien ordner fichier fichiers dossier sind ist hat hay tiene a-t-il todos tous alle welche cuál cuáles quels quel me mir moi por para""".split()
)
"""Words that carry grammar, not meaning."""


def unexplained(clause: Clause, wording: Wording, binding: Binding) -> list[str]:
    """Words that neither the wording, a used value, politeness nor grammar accounts for."""
    taken = {stem(word) for word in binding.words}
    values = {stem(word) for span in binding.used for word in span.text.lower().replace("_", " ").split()}
    left = _unserved(clause, wording)
    for said in clause.words:
        word = said.lstrip("-")
        if not word or word.startswith("<") or word.isdigit():
            continue
        if explained(word, wording) or stem(word) in taken or stem(word) in values:
            continue
        left.append(word)
    return left


_UNSERVED = frozenset(
    """zip unzip compress extract archive tar untar decompress encrypt decrypt convert translate summarize summarise explain email mail
    send download upload install uninstall upgrade compile deploy uppercase lowercase capitalize shuffle merge split join resize
    rotate crop play stream call text tweet post schedule remind order buy book""".split()
)
"""Verbs for what only some calls, or none, can do: said first, a call must name them itself."""


_CHANGES = frozenset(
    "delete remove erase trash rename move copy replace append insert overwrite clear empty cut".split()
)
"""Verbs that change something: said first, no look is what was meant."""


def _unserved(clause: Clause, wording: Wording) -> list[str]:
    first = next((word for word in clause.words if word not in POLITE), "")
    if first in _CHANGES and not wording.call.effect.is_side_effect and first not in wording.said:
        return [first, first]
    if first not in _UNSERVED or any(first in trigger for trigger in wording.triggers):
        return []
    return [first]


def explained(word: str, wording: Wording) -> bool:
    """Whether grammar, politeness or the wording itself accounts for a word."""
    return word in POLITE or word in FUNCTION_WORDS or stem(word) in wording.known


def with_texts(clause: Clause, binding: Binding) -> Clause:
    """The clause with unquoted text values taken for quotes."""
    spans = [
        span
        for span in clause.spans
        if not any(start < span.end and span.start < end for start, end in binding.texts)
    ]
    spans += [
        Span("quote", start, end, clause.text[start:end]) for start, end in binding.texts if end > start
    ]
    ordered = tuple(sorted(spans, key=lambda span: span.start))
    return Clause(clause.text, ordered, tuple(mask(clause.text, ordered)))
