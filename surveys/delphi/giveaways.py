"""What in a comment could give somebody away: a conservative look, so that a person looks again.

Patterns and short word lists in English, Dutch, French and German, for panels in and around Belgium.
They find what is written as such things usually are, and no more: a name in small letters, a nickname
or a case that only one ward ever had pass unseen. So this never decides anything. What it finds is held
back until a moderator decides; what it does not find may be held back by a moderator all the same.

Whether a comment names a member of the panel is asked elsewhere, by a service that may know names
(services/screening.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Giveaway(StrEnum):
    """What a comment seems to hold."""

    EMAIL = "e-mail"
    PHONE = "phone"
    LINK = "link"
    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"
    SELF = "self"  # words by which the writer may be known: "as the only physician here"


@dataclass(frozen=True, slots=True, order=True)
class Sign:
    """One stretch of a comment, from ``start`` up to ``end``, and what it seems to be."""

    start: int
    end: int
    what: Giveaway


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A capital, then letters; names such as "d'Hondt", "Saint-Luc", "Müller" and "De Smet" in parts.
_UPPER = "A-ZÀ-ÖØ-ÞŒŠŽ"
_CAPITAL = rf"[{_UPPER}](?:[^\W\d_]|['’\-](?=[^\W\d_])){{0,40}}[^\W\d_]"
# Between the parts of a name: "Van den Berghe", "de la Tour", "von Braun".
_PARTICLES = (
    r"(?:[Vv]an(?: de[nr]?| ’t| 't)?|[Dd]e(?: la| l['’])?|[Dd]en|[Dd]er|[Tt]er|[Tt]en|[Dd]u|[Ll]e"
    r"|[Ll]a|[Vv]on(?: der| dem)?|[Zz]u[mr]?|d['’])"
)
_NAME = rf"(?:{_PARTICLES} )*{_CAPITAL}"
_FULL_NAME = rf"{_CAPITAL}(?: {_NAME}){{1,4}}"

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}\s?@\s?[\w\-]{1,63}(?:\.[\w\-]{1,63})+")
_HANDLE = re.compile(r"(?<![\w.@])@\w{3,}")
_LINK = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+|(?<![@\w.\-])[\w\-]{1,63}(?:\.[\w\-]{1,63})*\.(?:be|nl|fr|de|eu|lu|ch|at|com|org|net"
    r"|info|health|care)\b(?:/\S*)?",
    re.IGNORECASE,
)
# From nine digits on, beginning with a plus or a zero: years, doses and shares are shorter.
_PHONE = re.compile(r"(?<![\w+])(?:\+|00?)(?:\(0\))?[\s./\-]?\d(?:[\s./\-()]{0,2}\d){7,13}(?!\w)")

_TITLED = re.compile(
    r"\b(?:[Dd]r|[Pp]rof|[Mm]r|[Mm]rs|[Mm]s|[Mm]me|MM?|[Mm]lle|[Hh]r|[Ff]r|[Dd]hr|[Mm]evr|[Mm]w|[Mm]ej"
    r"|[Ii]r|[Ii]ng|[Pp]r|[Dd]rs)\b\.?\s+(?:(?:[Dd]r|[Pp]rof|med)\.?\s+)*"
    rf"(?P<name>{_NAME}(?: {_NAME})*)"
    r"|\b(?:[Dd]octor|[Dd]okter|[Pp]rofessor|[Pp]rofesseure?|[Dd]octeure?|[Mm]onsieur|[Mm]adame"
    r"|[Mm]eneer|[Mm]ijnheer|[Mm]evrouw|[Hh]err|[Hh]errn|[Ff]rau|[Ss]ister|[Zz]uster|[Nn]urse)\s+"
    rf"(?P<called>{_NAME}(?: {_NAME})*)"
)
# Somebody is introduced: "my colleague Jan", "according to Peeters".
_INTRODUCED = re.compile(
    r"\b(?i:colleagues?|supervisor|collega['’]?s?|collègues?|confrère|consœur|Kollegen?|Kollegin)\s+"
    rf"(?P<one>{_NAME}(?: {_NAME})*)"
    rf"|\b(?i:according to|volgens|selon|d['’]après)\s+(?P<other>{_FULL_NAME})"
)

# Words that begin with a capital and name nobody. German is left out of what looks at capitals alone.
_NOBODY = _listed(
    """
    I I'm I’m I'd I've I'll English Dutch French German Flemish Belgian European British American
    Walloon Turkish Arabic Polish Spanish Italian Christian Muslim Jewish Western Eastern
    Nederlands Nederlandse Nederlandstalig Nederlandstalige Vlaams Vlaamse Frans Franse Franstalig
    Franstalige Duits Duitse Duitstalige Belgisch Belgische Europees Europese Engels Engelse Turks
    Turkse Arabisch Arabische Waals Waalse Amerikaans Amerikaanse Belg Belgen Vlaming Vlamingen
    Français Française Belge Belges Européen Européenne Flamand Flamande Wallon Wallonne
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December Christmas Easter Ramadan
    Likert Delphi Bayes Parkinson Alzheimer Covid COVID Corona Down Crohn Fagerström
    """
)
# At the head of a sentence these are only words: what follows them may still be a name.
_OPENING = _listed(
    """
    the a an in on at for of if when but and or as so this that these those my our we it he she they
    you no not yes all most many some every each both with without by from to after before because
    while although however also only even then there here what which who how why once since perhaps
    de het een in op bij voor van als wanneer maar en of dus dit dat deze die mijn ons onze wij we ik
    hij zij ze er niet geen ja nee alle veel sommige elke met zonder door uit naar na omdat terwijl
    hoewel ook alleen zelfs dan daar hier wat welke wie hoe waarom eens sinds misschien zo te
    le la les un une des du au aux à dans sur pour si quand mais et ou donc ce cette
    ces mon ma mes notre nos nous je il elle on ils elles vous non oui tous toutes beaucoup certains
    chaque avec sans par après
    avant parce bien aussi seulement même alors là ici que quel quelle qui comment pourquoi depuis
    """
)
_GIVEN_NAMES = _listed(
    """
    Jan Piet Joris Koen Bart Tom Wim Dirk Luc Marc Mark Johan Jef Jos Kris Peter Pieter Stijn Geert Filip
    Steven Sven Wouter Hans Henk Kees Sander Bram Thijs Joost Maarten Jeroen Ruben Lars Daan Karel Erik
    Eric Frank Frederik Guy Ivo Kurt Rik Rudi Stef Yves An Anne Anna Annelies Els Elke Griet Hilde Ilse
    Ingrid Inge Katrien Kathleen Kristien Leen Lieve Lies Liesbeth Marie Marijke Martine Mieke Nele
    Sofie Sophie Sara Sarah Tine Veerle Wendy Eva Emma Julie Lotte Jana Jean Pierre Jacques Michel
    Philippe Nicolas Olivier Thomas François Benoît Laurent Christophe Sébastien Julien Antoine Louis
    Catherine Isabelle Nathalie Valérie Véronique Françoise Brigitte Monique Chantal Céline Camille
    Aurélie Hélène Émilie Charlotte Élise Klaus Jürgen Wolfgang Stefan Andreas Michael Matthias Markus
    Sebastian Florian Dieter Helmut Uwe Heike Petra Sabine Susanne Monika Birgit Claudia Ursula Karin
    Mohamed Mohammed Ahmed Youssef Fatima Mehmet Ayşe David Daniel John James Robert William George
    Mary Elizabeth Jennifer Susan Margaret Karen Emily Paul Martin Simon Patrick Philip
    """
)
# Left out on purpose because they are also words: Mol, Halle, Essen, Bergen, Nice, Tours, Nancy, Hof.
_PLACES = tuple(
    place.strip()
    for place in """
    Antwerpen, Antwerp, Anvers, Gent, Ghent, Gand, Brugge, Bruges, Leuven, Louvain, Brussel, Brussels,
    Bruxelles, Brüssel, Mechelen, Malines, Hasselt, Genk, Kortrijk, Courtrai, Oostende, Ostend, Aalst,
    Roeselare, Turnhout, Geel, Lier, Sint-Niklaas, Dendermonde, Ieper, Tienen, Vilvoorde, Lokeren,
    Liège, Luik, Lüttich, Namur, Namen, Charleroi, Mons, Tournai, Doornik, Verviers, Arlon, Aarlen,
    Louvain-la-Neuve, Nivelles, Eupen, Bastogne, La Louvière, Seraing, Mouscron, Moeskroen, Wavre,
    Amsterdam, Rotterdam, Utrecht, Den Haag, The Hague, Eindhoven, Groningen, Maastricht, Nijmegen,
    Tilburg, Breda, Leiden, Haarlem, Arnhem, Enschede, Zwolle, Almere, Amersfoort, Delft,
    's-Hertogenbosch, Heerlen, Venlo, Middelburg, Leeuwarden,
    Paris, Parijs, Lyon, Marseille, Lille, Rijsel, Bordeaux, Toulouse, Nantes, Strasbourg, Straatsburg,
    Straßburg, Rennes, Montpellier, Grenoble, Rouen, Reims, Dijon, Clermont-Ferrand, Besançon, Limoges,
    Berlin, Berlijn, Hamburg, München, Munich, Köln, Cologne, Keulen, Aachen, Aken, Düsseldorf,
    Frankfurt, Stuttgart, Leipzig, Dresden, Hannover, Bremen, Nürnberg, Dortmund, Bonn, Heidelberg,
    Freiburg, Tübingen, Mannheim, Göttingen, Münster, Mainz, Kiel, Lübeck, Rostock, Jena, Würzburg,
    Regensburg, Erlangen, Wien, Vienna, Zürich, Genève, Basel, Luxemburg, Luxembourg, London, Londen
    """.replace("\n", " ").split(",")
)
_PLACE = re.compile(rf"(?<![\w\-])(?:{'|'.join(map(re.escape, _PLACES))})(?![\w])")

# Houses of care that go by a name of their own, or by a word with a name beside it.
_OWN_NAMES = (
    r"LUMC|VUmc|MUMC\+?|AMC|UMCG|UZA|UZB|ZNA|GZA|AZ(?= [A-Z])|UZ(?= [A-Z])|UMC(?= [A-Z])|CHU(?= )"
    r"|CHR(?= [A-Z])|CHRU(?= )|CHwapi|AP-HP|Charité|Erasmus MC|Radboudumc|Jessa"
)
_HOUSE = (
    r"(?:[Hh]ospitals?|[Cc]linics?|[Cc]entre|[Cc]enter|[Uu]niversity|[Hh]ospice|[Zz]iekenhuis|[Kk]liniek"
    r"|[Uu]niversiteit|[Ww]oonzorgcentrum|WZC|CGG|CLB|OCMW|CPAS|[Ww]ijkgezondheidscentrum|[Hh]ogeschool"
    r"|[Rr]usthuis|[Aa]potheek|[Pp]raktijk|[Hh]ôpital|[Cc]linique|[Uu]niversité|[Mm]aison médicale|EHPAD"
    r"|[Pp]harmacie|[Kk]rankenhaus|[Kk]linikum|[Uu]niversitätsklinikum|[Uu]niversitätsspital|[Kk]linik"
    r"|[Uu]niversität|[Pp]flegeheim|[Ss]pital|[Aa]potheke)"
)
_ORGANISATION = re.compile(
    rf"(?<![\w\-])(?:{_OWN_NAMES})(?: (?:de |d['’])?{_CAPITAL})?"
    rf"|\b{_HOUSE} (?:van |of |de |du |des |d['’]|in |te |à |St\.? |Sint[ \-]|Saint[e]?[ \-]|St\. ){{0,2}}"
    rf"(?P<after>{_CAPITAL}(?: {_CAPITAL})*)"
    rf"|\b(?P<before>(?:{_CAPITAL} ){{1,4}})(?:Hospital|Clinic|University|Medical Cent(?:re|er)|Ziekenhuis)\b"
    rf"|\b(?:Sint|Saint|Sainte|Sankt|St\.)[ \-]{_CAPITAL}"
)

# How people begin to say what they alone are; the words that follow tell which.
_SELF_BEGINNINGS = (
    r"as the (?:only|sole|head|director|chair|president|founder|coordinator)",
    r"(?:I am|I’m|I'm|being) the (?:only|sole|head|director|chair|founder|president)",
    r"as (?:medical )?(?:head|director|chair|president|founder|coordinator) of",
    r"the only (?:\w+ ){1,3}(?:here|in (?:the|our|my) (?:region|city|province|country|hospital|team))",
    r"als (?:de )?enige",
    r"(?:ik ben|wij zijn|we zijn) (?:hier |nu )?(?:de|het) enige",
    r"als (?:dienst|afdelings|zorg|team)?(?:hoofd|directeur|voorzitter|oprichter|coördinator) (?:van|bij)",
    r"(?:en tant que|comme) (?:le |la )?seule?",
    r"(?:je suis|nous sommes|étant) (?:ici )?(?:les? |la )seule?s?",
    r"en tant que (?:cheff?e?|direct(?:eur|rice)|présidente?|fondat(?:eur|rice)|coordinat(?:eur|rice))",
    r"als (?:die |der |das )?einzige[rs]?",
    r"(?:ich bin|wir sind) (?:hier )?(?:die|der|das) einzigen?",
    r"als (?:Chefarzt|Chefärztin|Leiter(?:in)?|Pflegedirektor(?:in)?|Vorsitzende[r]?|Gründer(?:in)?)"
    r" (?:der|des|von|am|im|beim)",
)
# "The only solution" is nobody.
_ONLY_THINGS = (
    "solution|option|way|means|reason|condition|criterion|measure|source|exception|answer|oplossing|optie"
    "|manier|middel|reden|voorwaarde|criterium|maatregel|bron|uitzondering|antwoord|moyen|raison|critère"
    "|mesure|Lösung|Möglichkeit|Weg|Grund|Bedingung|Maßnahme|Quelle|Ausnahme|Kriterium"
)
_SELF = re.compile(
    rf"\b(?:{'|'.join(_SELF_BEGINNINGS)})\b(?!\s+(?:\w+\s+)?(?:{_ONLY_THINGS}))[^.,;\n]{{0,40}}",
    re.IGNORECASE,
)
# Where the writer works, with a name: "in my hospital in Ghent", "ik werk bij Kind en Gezin".
_WORKPLACE = re.compile(
    r"\b(?i:in|at|bij|te|aan|dans|à|chez|an|am|im) (?i:my|our|mijn|ons|onze|mon|ma|notre|mein(?:e[mr])?"
    r"|unser(?:e[mr])?) "
    r"(?:[\w\-]+ ){1,2}(?i:in|at|of|te|bij|van|à|de|bei) "
    rf"{_CAPITAL}"
    rf"|\b(?i:I work|I am working|ik werk|je travaille) (?i:at|in|for|bij|voor|aan|te|chez|à|au|pour) "
    rf"(?:(?i:the|de|het|la|le|l['’]))? ?{_CAPITAL}(?: {_CAPITAL})*"
)

_WORD = re.compile(rf"{_CAPITAL}")
_SENTENCE_END = re.compile(r"(?:^|[.!?:…\n•*]|[\"“„«»(\[]|[-–—] )[\s\"“„«(\[\-–—•*]*$")
# In German every noun begins with a capital, so capitals alone say nothing.
_ALL_NOUNS = "de"


def signs(text: str, language: str) -> tuple[Sign, ...]:
    """Everything in a comment that could give somebody away, in the order of the text.

    Stretches do not overlap: of two findings at one place the longer one stands.

    >>> [sign.what.value for sign in signs("Ask Dr Peeters (09 332 21 11).", "en")]
    ['person', 'phone']
    >>> signs("Most of my clients already have an app.", "en")
    ()
    """
    found = sorted(_found(text, language), key=lambda sign: (sign.start - sign.end, sign.start))
    kept: list[Sign] = []
    for sign in found:
        if all(sign.end <= other.start or other.end <= sign.start for other in kept):
            kept.append(sign)
    return tuple(sorted(kept))


def flags(text: str, language: str) -> tuple[Giveaway, ...]:
    """What a comment seems to hold, each kind once, in the order of their list."""
    seen = {sign.what for sign in signs(text, language)}
    return tuple(kind for kind in Giveaway if kind in seen)


def _found(text: str, language: str) -> Iterator[Sign]:
    for pattern, what in (
        (_EMAIL, Giveaway.EMAIL),
        (_LINK, Giveaway.LINK),
        (_PHONE, Giveaway.PHONE),
        (_HANDLE, Giveaway.PERSON),
        (_PLACE, Giveaway.PLACE),
        (_ORGANISATION, Giveaway.ORGANISATION),
        (_WORKPLACE, Giveaway.SELF),
        (_SELF, Giveaway.SELF),
    ):
        yield from (Sign(match.start(), match.end(), what) for match in pattern.finditer(text))
    yield from _named(text, (_TITLED, _INTRODUCED))
    yield from _by_capitals(text, language)


def _named(text: str, patterns: Iterable[re.Pattern[str]]) -> Iterator[Sign]:
    """Names that something before them announces; a noun that no one is called is none."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            name = next(part for part in match.groups() if part)
            if name.split()[-1] not in _NOBODY and not _is_acronym(name.split()[0]):
                yield Sign(match.start(), match.end(), Giveaway.PERSON)


def _by_capitals(text: str, language: str) -> Iterator[Sign]:
    """Given names, and two or more words with a capital in a row that do not merely open a sentence."""
    words = [word for word in _WORD.finditer(text) if word[0] not in _NOBODY]
    row: list[re.Match[str]] = []
    for word in [*words, None]:
        follows = (
            row
            and word is not None
            and re.fullmatch(rf" (?:{_PARTICLES} )*", text[row[-1].end() : word.start()])
        )
        if follows and word is not None:
            row.append(word)
            continue
        yield from _row(text, row, language)
        row = [word] if word is not None else []


def _row(text: str, row: list[re.Match[str]], language: str) -> Iterator[Sign]:
    """What a row of words with capitals amounts to."""
    row = [word for word in row if not _is_acronym(word[0])]
    if row and _opens(text, row[0].start()) and row[0][0].casefold() in _OPENING:
        row = row[1:]
    if not row:
        return
    known = any(word[0] in _GIVEN_NAMES for word in row)
    alone = len(row) == 1
    # "An" and "Jan" at the head of a sentence are more often the word or the month than somebody.
    if alone and (not known or _opens(text, row[0].start())):
        return
    if not alone and language == _ALL_NOUNS and not known:
        return
    yield Sign(row[0].start(), row[-1].end(), Giveaway.PERSON)


def _opens(text: str, start: int) -> bool:
    """Whether a sentence begins here."""
    return bool(_SENTENCE_END.search(text[:start]))


def _is_acronym(word: str) -> bool:
    """Whether a word is all capitals: "GDPR", "NHS"."""
    return len(word) > 1 and word.upper() == word
