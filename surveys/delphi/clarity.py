"""What in a wording experts may read in two ways: gentle hints, each with how to mend it.

A hint asks to be read, and forbids nothing. Every test here is a plain look at the words of one language;
what a plain look cannot tell from good wording (every "and" between two nouns) is not hinted at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from surveys.delphi.wording import LANGUAGES, Phrase, say


class Unclear(StrEnum):
    """What may be unclear about a wording; stable codes."""

    DOUBLE_NEGATIVE = "double_negative"
    TWO_QUESTIONS = "two_questions"
    AND_OR = "and_or"
    TOO_LONG = "too_long"
    VAGUE = "vague"
    ABSOLUTE = "absolute"
    LEADING = "leading"
    ABBREVIATION = "abbreviation"


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint. found : the words it is about, or how many there are."""

    what: Unclear
    found: str

    def sentence(self, locale: str) -> str:
        """What it is, and how to mend it."""
        return say(_SENTENCE[self.what], locale, found=self.found)


# A statement of more words is read twice; questions may explain themselves a little longer.
MOST_WORDS = 30
MOST_CHARACTERS = 220
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def hints(text: str, language: str, beside: str = "") -> tuple[Hint, ...]:
    """The hints on a wording, each kind once.

    beside : what stands below it (the help), where an abbreviation may be explained.

    Raises ValueError for a language that is not known.
    """
    if language not in LANGUAGES:
        raise ValueError(f"wordings are looked at in {', '.join(LANGUAGES)}, not {language!r}")
    if not text.strip():
        return ()
    found: dict[Unclear, Hint] = {}
    for hint in _look(text.replace("’", "'"), language, beside):
        found.setdefault(hint.what, hint)
    return tuple(found[what] for what in Unclear if what in found)


def _look(text: str, language: str, beside: str) -> Iterator[Hint]:
    words = len(_WORD.findall(text))
    if words > MOST_WORDS or len(text) > MOST_CHARACTERS:
        yield Hint(Unclear.TOO_LONG, str(words))
    for sentence in _SENTENCE_END.split(text):
        yield from _negatives(sentence, language)
        yield from _joined(sentence, language)
    if text.count("?") > 1:
        yield Hint(Unclear.TWO_QUESTIONS, "? … ?")
    for pattern, what in (
        (_AND_OR[language], Unclear.AND_OR),
        (_VAGUE[language], Unclear.VAGUE),
        (_ABSOLUTE[language], Unclear.ABSOLUTE),
        (_LEADING[language], Unclear.LEADING),
    ):
        if match := pattern.search(text):
            yield Hint(what, match[0].strip())
    for short in _unexplained(text, beside):
        yield Hint(Unclear.ABBREVIATION, short)


def _negatives(sentence: str, language: str) -> Iterator[Hint]:
    """Two negations of one sentence, of which the second turns the first around."""
    plain = _NO_NEGATION[language].sub(" ", sentence)
    if match := _NOT_UN[language].search(plain):
        yield Hint(Unclear.DOUBLE_NEGATIVE, match[0].strip())
        return
    negations = [match[0] for match in _NEGATION[language].finditer(plain)]
    if len(negations) > 1:
        yield Hint(Unclear.DOUBLE_NEGATIVE, " … ".join(negations[:2]))


def _joined(sentence: str, language: str) -> Iterator[Hint]:
    """Two claims behind one "and" or "or": the second part has a verb of its own."""
    for pattern in _TWO_CLAIMS[language]:
        if match := pattern.search(sentence):
            yield Hint(Unclear.TWO_QUESTIONS, f"… {match['second'].strip()} …")
            return


def _unexplained(text: str, beside: str) -> Iterator[str]:
    """Abbreviations in capitals that stand neither beside their words in brackets nor in the help."""
    if text.isupper():
        return
    for match in re.finditer(r"(?<![\w-])[A-Z][A-Za-z]?[A-Z]{1,5}s?(?![\w])", text):
        short = match[0].removesuffix("s")
        explained = (
            f"({short})" in text
            or re.search(rf"\b{short}s?\s*\([^)]{{4,}}\)", text)
            or re.search(rf"\b{short}\b", beside)
        )
        if not _WELL_KNOWN.fullmatch(short) and not explained:
            yield short


def _any_of(words: str, *, also: str = "") -> re.Pattern[str]:
    """Any of these words or phrases, written with | between them."""
    alternatives = "|".join(re.escape(one.strip()) for one in words.split("|") if one.strip())
    return re.compile(rf"(?<![\w'-])(?:{alternatives}{also})(?![\w'-])", re.IGNORECASE)


# Everybody who reads a questionnaire knows these.
_WELL_KNOWN = re.compile(
    "EU|UE|UN|VN|ONU|UK|US|USA|VS|WHO|OMS|AIDS|HIV|DNA|DVD|GPS|PDF|SMS|TV|ID|OK|IQ|PC|QR|USB|WC|IT|ICT|AI"
)

_NEGATION: Mapping[str, re.Pattern[str]] = {
    "en": _any_of(
        "not|no|never|none|nobody|nothing|nowhere|without|cannot|hardly|barely|unless|neither",
        also=r"|\w+n't",
    ),
    "nl": _any_of("niet|geen|nooit|niemand|niets|nergens|zonder|nauwelijks|tenzij|noch"),
    "fr": _any_of("pas|jamais|aucun|aucune|personne ne|rien|sans|nulle part|guère|à moins que|non"),
    "de": _any_of(
        "nicht|kein|keine|keinen|keinem|keiner|keines|nie|niemals|niemand|nichts|nirgends|ohne"
        "|kaum|weder"
    ),
}
# Words of negation that deny nothing, or that belong together.
_NO_NEGATION: Mapping[str, re.Pattern[str]] = {
    "en": _any_of(
        "not only|whether or not|no longer|no later than|no less than|no more than|no matter"
        "|if not|nothing but|not yet",
        also=r"|little or no|neither\b[^.;]*?\bnor|,\s*not (?:just|merely|because)?",
    ),
    "nl": _any_of(
        "niet alleen|al dan niet|niet langer|niet meer dan|niet later dan|of niet|nog niet"
        "|zo niet|niet-roker|niet-rokers",
        also=r"|weinig of geen|noch\b[^.;]*?\bnoch|,\s*niet (?:door|omdat)?",
    ),
    "fr": _any_of(
        "non seulement|pas seulement|ou non|ou pas|sinon|pas encore",
        also=r"|peu ou pas|,\s*(?:et )?non(?: pas)?",
    ),
    "de": _any_of(
        "nicht nur|ob oder nicht|nicht mehr als|nicht später als|oder nicht|noch nicht"
        "|nicht länger",
        also=r"|wenig oder kein\w*|weder\b[^.;]*?\bnoch|,\s*nicht",
    ),
}
# "Not uncommon": a negation of a word that denies already.
_NOT_UN: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bnot (?:\w+ly )?(?:un(?!der|ique|ivers|it|animous|iform|til|less)\w{4,}"
        r"|im(?:possible|proper|practical|proba)\w*"
        r"|in(?:adequa|appropria|ferior|frequent|signific|suffic|effect|accurat|complet)\w*"
        r"|ir(?:relevan|respons)\w*|dis(?:agree|satisf|honest|advantag)\w*)",
        re.IGNORECASE,
    ),
    "nl": re.compile(
        r"\bniet (?:\w+ )?on(?!der|s\b|geveer|line|cologi|middellijk|tstaan|twikkel|tvang|tvangen|tmoet)"
        r"\w{4,}",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\bpas (?:in(?:suffis|adapt|efficac|appropri|complet|exact|util|satisf)\w*"
        r"|im(?:possible|probab|propre)\w*|ir(?:réal|respons)\w*|mal\w{3,})",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\bnicht (?:\w+ )?un(?!ter|d\b|s\b|gefähr|mittelbar|ivers|abhängig)\w{4,}", re.IGNORECASE
    ),
}

_AND_OR: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"\band\s*/\s*or\b", re.IGNORECASE),
    "nl": re.compile(r"\ben\s*/\s*of\b", re.IGNORECASE),
    "fr": re.compile(r"\bet\s*/\s*ou\b", re.IGNORECASE),
    "de": re.compile(r"\bund\s*/\s*oder\b", re.IGNORECASE),
}
_VAGUE: Mapping[str, re.Pattern[str]] = {
    "en": _any_of(
        "often|sometimes|regularly|frequently|occasionally|usually|rarely|seldom|many|several"
        "|a few|various|a lot of|numerous|as needed|as soon as possible|in a timely manner"
    ),
    "nl": _any_of(
        "vaak|soms|regelmatig|dikwijls|af en toe|meestal|zelden|veel|vele|verschillende"
        "|diverse|enkele|een aantal|talrijke|zo nodig|indien nodig|zo snel mogelijk|tijdig"
    ),
    "fr": _any_of(
        "souvent|parfois|régulièrement|fréquemment|occasionnellement|habituellement|rarement"
        "|beaucoup de|plusieurs|quelques|divers|diverses|de nombreux|de nombreuses"
        "|si nécessaire|au besoin|dès que possible"
    ),
    "de": _any_of(
        "oft|häufig|manchmal|regelmäßig|gelegentlich|meistens|meist|selten|viele|vieler"
        "|einige|mehrere|verschiedene|diverse|zahlreiche|bei Bedarf|so bald wie möglich"
        "|zeitnah"
    ),
}
_ABSOLUTE: Mapping[str, re.Pattern[str]] = {
    "en": _any_of(
        "always|never|everyone|everybody|nobody|no one|completely|entirely|totally|absolutely"
        "|impossible|at all times|in all cases|under no circumstances|without exception"
    ),
    "nl": _any_of(
        "altijd|nooit|iedereen|niemand|volledig|volkomen|helemaal|absoluut|onmogelijk"
        "|te allen tijde|in alle gevallen|in geen geval|onder geen beding|zonder uitzondering"
    ),
    "fr": _any_of(
        "toujours|jamais|tout le monde|personne ne|complètement|entièrement|totalement"
        "|absolument|impossible|à tout moment|dans tous les cas|en aucun cas|sans exception"
    ),
    "de": _any_of(
        "immer|nie|niemals|jeder Mensch|alle Menschen|niemand|vollständig|völlig|ganz und gar"
        "|absolut|unmöglich|jederzeit|in allen Fällen|auf keinen Fall|unter keinen Umständen"
        "|ausnahmslos"
    ),
}
_LEADING: Mapping[str, re.Pattern[str]] = {
    "en": _any_of(
        "clearly|obviously|of course|surely|undoubtedly|naturally|needless to say"
        "|it is well known|everyone knows|as we all know|experts agree|research shows"
        "|studies show|it has been shown|it is proven|is it not|isn't it|don't you"
        "|wouldn't you|do you agree that|unfortunately"
    ),
    "nl": _any_of(
        "uiteraard|natuurlijk|vanzelfsprekend|ongetwijfeld|zonder twijfel|zoals bekend"
        "|iedereen weet|zoals we weten|experten zijn het eens|onderzoek toont aan"
        "|onderzoek laat zien|studies tonen aan|het is bewezen|is het niet zo|vindt u ook"
        "|vindt u niet|helaas|jammer genoeg"
    ),
    "fr": _any_of(
        "évidemment|bien sûr|bien entendu|naturellement|sans aucun doute|il va de soi"
        "|tout le monde sait|comme chacun sait|les experts s'accordent|la recherche montre"
        "|les études montrent|il est prouvé|n'est-ce pas|ne pensez-vous pas|malheureusement"
    ),
    "de": _any_of(
        "natürlich|selbstverständlich|offensichtlich|zweifellos|bekanntlich|jeder weiß"
        "|wie wir wissen|Fachleute sind sich einig|die Forschung zeigt|Studien zeigen"
        "|es ist erwiesen|nicht wahr|finden Sie nicht|meinen Sie nicht auch|leider"
    ),
}

# Verbs of statements; as nouns most of them never follow "and" in these shapes.
_EN_VERBS = (
    "accept|add|adjust|advise|agree|allow|answer|apply|approve|ask|assess|avoid|be|become|begin"
    "|build|check|choose|collect|combine|come|communicate|compare|complete|confirm|consider"
    "|contain|continue|coordinate|create|decide|decline|decrease|define|describe|develop"
    "|discuss|document|educate|encourage|end|enhance|ensure|establish|evaluate|exclude|explain"
    "|find|follow|get|give|have|help|hinder|identify|implement|improve|include|increase|inform"
    "|integrate|involve|keep|know|lead|learn|lose|lower|maintain|make|monitor|motivate|obtain"
    "|offer|pay|perform|prefer|prescribe|prevent|promote|protect|provide|raise|reach|receive"
    "|recommend|reduce|refer|reimburse|remain|remove|replace|require|respect|return|review"
    "|save|see|select|send|share|show|simplify|start|stay|stimulate|stop|strengthen|suggest"
    "|take|teach|tell|threaten|train|treat|understand|update|use|verify|weaken|work|worsen"
)
_EN_AFTER = (
    r"(?:the|a|an|their|its|his|her|our|this|these|those|them|it|to|more|less|at|by|in|for|with|from"
    r"|all|every|no|any|how|whether)"
)


def _third_person(verb: str) -> str:
    if verb in ("be", "have"):
        return {"be": "is", "have": "has"}[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")


_EN_THIRD = "|".join(_third_person(verb) for verb in _EN_VERBS.split("|"))
_EN_MODALS = (
    r"(?:should|must|can|cannot|could|may|might|will|would|shall|has to|have to|needs to|need to"
    r"|ought to)"
)
_NL_FINITE = (
    "moet|moeten|kan|kunnen|mag|mogen|zal|zullen|zou|zouden|wil|willen|hoort|horen|dient|dienen"
    "|is|zijn|wordt|worden|heeft|hebben|blijft|blijven|verhoogt|verhogen|verlaagt|verlagen"
    "|verbetert|verbeteren|vermindert|verminderen|vermijdt|voorkomt|versterkt|vergroot|verkleint"
    "|helpt|maakt|geeft|biedt|zorgt|leidt|vraagt|krijgt|vergt|bevordert|ondersteunt|vervangt"
)
_FR_FINITE = (
    "doit|doivent|devrait|devraient|peut|peuvent|pourrait|pourraient|est|sont|sera|seront|a|ont"
    "|permet|permettent|améliore|améliorent|réduit|réduisent|augmente|augmentent|aide|aident"
    "|favorise|favorisent|diminue|diminuent|renforce|renforcent|évite|évitent|offre|offrent"
    "|demande|demandent|remplace|remplacent"
)
_DE_FINITE = (
    "muss|müssen|soll|sollen|sollte|sollten|kann|können|könnte|könnten|darf|dürfen|wird|werden"
    "|ist|sind|hat|haben|verbessert|verbessern|senkt|senken|erhöht|erhöhen|verringert|verringern"
    "|stärkt|stärken|hilft|helfen|macht|machen|bietet|bieten|führt|führen|vermeidet|vermeiden"
    "|fördert|fördern|ersetzt|ersetzen"
)


def _claims(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


# Who acts is often followed by what they do in a clause of its own: those clauses are not counted.
_TWO_CLAIMS: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "en": _claims(
        # should record … and should report
        rf"\b{_EN_MODALS}\b.*?(?P<second>\b(?:and|or) (?:\w+ )?{_EN_MODALS}\b)",
        # should record … and report the …
        rf"\b{_EN_MODALS}\b.*?(?P<second>\b(?:and|or) (?:also |then |therefore )?(?:{_EN_VERBS})"
        rf"\b)(?=\s+{_EN_AFTER}\b|[.,;]?$)",
        # improves care and reduces costs
        rf"\b\w+s\b.*?(?P<second>(?<!-)\b(?:and|or) (?:also |therefore )?(?:{_EN_THIRD}|are|has"
        r"|have)\b)(?!\s+of\b)",
        # …, and it …
        r",(?P<second> and (?:it|they|this|that|he|she|there|whom|what|who|how|why)\b)",
        # What would …, or what holds …
        r"\bwhat\b.*?,(?P<second> or what\b)",
    ),
    "nl": _claims(
        rf"(?P<second>\b(?:en|of) (?:{_NL_FINITE})\b)",
        r"\bte \w+en\b.*?(?P<second>\b(?:en|of)\b(?: [\w-]+){0,4}? te \w+en\b)",
        r",(?P<second> (?:en|of) (?:wie|wat|hoe|waarom|het|ze|dit|dat|deze)\b)",
    ),
    "fr": _claims(
        rf"(?P<second>\b(?:et|ou) (?:{_FR_FINITE})\b)",
        r"\b(?:de |d')\w+(?:er|ir|re)\b.*?(?P<second>\b(?:et|ou) (?:de |d')\w+(?:er|ir|re)\b)",
        r",(?P<second> (?:et|ou) (?:qui|que|qu'|comment|pourquoi|il|elle|ils|elles|cela)\b)",
    ),
    "de": _claims(
        rf"(?P<second>\b(?:und|oder) (?:{_DE_FINITE})\b)",
        r"\bzu \w+en\b.*?(?P<second>\b(?:und|oder)\b(?: [\w-]+){0,4}? zu \w+en\b)",
        r",(?P<second> (?:und|oder) (?:wer|was|wie|warum|es|sie|dies|das)\b)",
    ),
}

_SENTENCE: Mapping[Unclear, Phrase] = {
    Unclear.DOUBLE_NEGATIVE: {
        "en": "Two negations (“{found}”) are easily misread: say what is meant without them.",
        "nl": "Twee ontkenningen (“{found}”) worden snel verkeerd gelezen: zeg zonder ontkenning wat"
        " bedoeld is.",
        "fr": "Deux négations («\u00a0{found}\u00a0») se lisent facilement de travers\u00a0: dites"
        " sans elles ce qui est visé.",
        "de": "Zwei Verneinungen („{found}“) werden leicht falsch gelesen: Sagen Sie ohne sie, was"
        " gemeint ist.",
    },
    Unclear.TWO_QUESTIONS: {
        "en": "This may ask two things at once (“{found}”): who agrees with one of them only cannot"
        " answer. Make two items of it.",
        "nl": "Hier worden misschien twee dingen tegelijk gevraagd (“{found}”): wie het maar met één"
        " ervan eens is, kan niet antwoorden. Maak er twee items van.",
        "fr": "Deux choses sont peut-être demandées à la fois («\u00a0{found}\u00a0»)\u00a0: qui n'est"
        " d'accord qu'avec l'une ne peut pas répondre. Faites-en deux éléments.",
        "de": "Hier wird vielleicht zweierlei zugleich gefragt („{found}“): Wer nur einem davon"
        " zustimmt, kann nicht antworten. Machen Sie zwei Elemente daraus.",
    },
    Unclear.AND_OR: {
        "en": "“{found}” leaves open what an answer is about: choose “and” or “or”, or make two items.",
        "nl": "“{found}” laat open waarop een antwoord slaat: kies “en” of “of”, of maak er twee items"
        " van.",
        "fr": "«\u00a0{found}\u00a0» laisse ouvert ce sur quoi porte la réponse\u00a0: choisissez"
        " «\u00a0et\u00a0» ou «\u00a0ou\u00a0», ou faites deux éléments.",
        "de": "„{found}“ lässt offen, worauf sich eine Antwort bezieht: Wählen Sie „und“ oder „oder“,"
        " oder machen Sie zwei Elemente daraus.",
    },
    Unclear.TOO_LONG: {
        "en": "This is long ({found} words): leave out what is not judged, or move it to the help below.",
        "nl": "Dit is lang ({found} woorden): laat weg wat niet beoordeeld wordt, of zet het in de"
        " toelichting eronder.",
        "fr": "C'est long ({found} mots)\u00a0: supprimez ce qui n'est pas à juger, ou déplacez-le dans"
        " l'aide au-dessous.",
        "de": "Das ist lang ({found} Wörter): Lassen Sie weg, was nicht beurteilt wird, oder setzen Sie"
        " es in die Hilfe darunter.",
    },
    Unclear.VAGUE: {
        "en": "“{found}” means something else to every reader: give a number, or say when and for whom.",
        "nl": "“{found}” betekent voor iedere lezer iets anders: noem een getal, of zeg wanneer en voor"
        " wie.",
        "fr": "«\u00a0{found}\u00a0» ne dit pas la même chose à chaque lecteur\u00a0: donnez un nombre,"
        " ou dites quand et pour qui.",
        "de": "„{found}“ bedeutet für alle etwas anderes: Nennen Sie eine Zahl, oder sagen Sie, wann und"
        " für wen.",
    },
    Unclear.ABSOLUTE: {
        "en": "“{found}” leaves no exception, so careful experts disagree for that alone: leave it out"
        " unless it is what you ask.",
        "nl": "“{found}” laat geen uitzondering toe, zodat zorgvuldige experten het alleen daarom al"
        " oneens zijn: laat het weg, tenzij u juist dat vraagt.",
        "fr": "«\u00a0{found}\u00a0» n'admet aucune exception, et des experts prudents seront en désaccord"
        " pour cette seule raison\u00a0: supprimez-le, sauf si c'est bien la question.",
        "de": "„{found}“ lässt keine Ausnahme zu, sodass sorgfältige Fachleute allein deshalb nicht"
        " zustimmen: Lassen Sie es weg, außer Sie fragen genau danach.",
    },
    Unclear.LEADING: {
        "en": "“{found}” tells the expert what to answer: leave it out.",
        "nl": "“{found}” legt de expert het antwoord in de mond: laat het weg.",
        "fr": "«\u00a0{found}\u00a0» souffle la réponse à l'expert\u00a0: supprimez-le.",
        "de": "„{found}“ legt die Antwort nahe: Lassen Sie es weg.",
    },
    Unclear.ABBREVIATION: {
        "en": "Does every expert know “{found}”? Write it out once, here or in the help below.",
        "nl": "Kent elke expert “{found}”? Schrijf het één keer voluit, hier of in de toelichting"
        " eronder.",
        "fr": "Chaque expert connaît-il «\u00a0{found}\u00a0»\u00a0? Écrivez-le une fois en toutes"
        " lettres, ici ou dans l'aide au-dessous.",
        "de": "Kennen alle Fachleute „{found}“? Schreiben Sie es einmal aus, hier oder in der Hilfe"
        " darunter.",
    },
}
