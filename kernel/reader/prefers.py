"""Is this how a person wants things from now on? "always show sizes in MB", "I prefer ISO dates", "stop showing hidden files".

Nothing said in it is acted on: it is kept, word for word. What sounds like one request for now is left to the rest.
"""

import re

from kernel.reader.lazy import Lazy
from syscalls.preferences import settings_of

LONGEST = 500
"""Characters."""
_WHEN = r"(?:from now on|from here on(?: out)?|in (?:the )?future|going forward|henceforth|as a rule|by default|every time)"
_PLEASE = r"^\W*(?:(?:please|kindly|also|and|ok|okay|hey|now|just|can you|could you|would you|will you|you should|i want you to|i'd like you to),?\s+)*"
_LEADS = Lazy(
    _PLEASE
    + rf"(?:{_WHEN},?\s+(?:please\s+)?\S|(?:always|never(?! mind\b| ?mind\b))\s+(?!remember\b|keep in mind\b|forget\b)\S)",
    re.IGNORECASE,
)
_TRAILS = Lazy(
    _PLEASE
    + rf"(?:show|display|give|print|list|sort|order|use|write|format|answer|reply|respond|speak|talk|call|address|keep|be|include|hide|report)\b.*\b{_WHEN}\W*$",
    re.IGNORECASE | re.DOTALL,
)
_WISHES = Lazy(
    _PLEASE
    + r"(?:i(?:'d| would)? (?:really |much |generally |usually |always )?prefer\b|my (?:preference is|preferred \w+)\b"
    r"|i (?:always|never) (?:want|like|need)\b|i(?:'d| would) rather (?:have|see|get|read|you)\b).*\S",
    re.IGNORECASE | re.DOTALL,
)
_THINGS = r"(?:all |the |my |file )*(?:sizes|dates|times|time ?stamps)(?:(?:,| and|, and) (?:the )?(?:sizes|dates|times|time ?stamps))*"
_BARE = Lazy(
    _PLEASE
    + r"(?:(?:i (?:want|like)|i(?:'d| would) like)(?: to (?:see|have|get))?|show|display|give|print|report|write|format|express|put|switch|change|set)(?: me)?\s+"
    + _THINGS
    + r"(?: (?:shown|displayed|written|printed))?\s+(?:in|as|to|with|using)\s+(?:a |the )?[\w./-]+(?: [\w./-]+){0,3}\W*$"
    r"|" + _PLEASE + r"(?:use|switch to|change to|i (?:want|like)|i(?:'d| would) like)\s+(?:a |an |the )?"
    r"(?:(?:24|12|twenty[- ]four|twelve)[- ]?(?:h|hours?)?[- ](?:clock|time|times|format)|(?:iso(?:[- ]8601)?|relative|absolute|us|american|uk|british|european|german) (?:dates?|date format|time ?stamps?)"
    r"|binary (?:units|sizes)|[kmgt]i?b|(?:kilo|mega|giga|tera)bytes)(?: (?:for|in) (?:all |the |file )*(?:sizes|dates|times|listings))?(?: instead(?: of .*)?)?\W*$",
    re.IGNORECASE,
)
_STOPS = Lazy(
    _PLEASE
    + r"(?:(?:stop|quit) (?:showing|listing|displaying)|(?:don'?t|do not|no longer) (?:show|list|display))(?: me)?(?: any| the| my)* (?:hidden (?:files|folders|ones)|dot ?-?files)"
    r"(?: (?:any ?more|any longer|again|ever|to me|in (?:my |the )?listings?))*\W*$",
    re.IGNORECASE,
)
_NOT = Lazy(
    r"\?\s*$|^\W*(?:what|where|when|who|which|whose|how|why|is|are|does|do|did)\b|\bevery (?:day|hour|week|month|morning|evening|night|weekday"
    r"|\w+day|\d+)\b|\b(?:at|after) \d|\btomorrow\b|\btonight\b",
    re.IGNORECASE,
)
"""Questions, and what is for the schedule."""
_TO_BE_KEPT = Lazy(
    r"^(?:(?:to|you should|please)\s+(?=(?:always|never)\b)|(?:that )?(?=i (?:always |never |really |much |generally |'d |would )*(?:prefer|want|rather)\b)|(?=always\b|never\b|from now on\b))",
    re.IGNORECASE,
)


def preferred(text: str) -> str:
    """What a whole request says of how things are wanted from now on, word for word; empty where it says anything else."""
    said = text.strip()
    if len(said) > LONGEST or _NOT.search(said):
        return ""
    is_bare = (_BARE.match(said) or _STOPS.match(said)) and settings_of(said)
    if _LEADS.match(said) or _TRAILS.match(said) or _WISHES.match(said) or is_bare:
        return re.sub(
            r"^\W*(?:(?:please|also|and|ok|okay|hey|now)\b,?\s+)*", "", said, flags=re.IGNORECASE
        ).rstrip(".! ")
    return ""


def is_preference(said: str) -> bool:
    """Whether what is to be remembered is how things are wanted: "I prefer ...", "always ...", or one of the settings."""
    return len(said) <= LONGEST and _TO_BE_KEPT.match(said) is not None


def without_lead(said: str) -> str:
    """ "to always show ..." as "always show ..."."""
    return re.sub(r"^(?:to|you should|please)\s+(?=(?:always|never)\b)", "", said, flags=re.IGNORECASE)
