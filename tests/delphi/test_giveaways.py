"""What could give somebody away: found where it is written as usual, and no alarm at plain words."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import giveaways
from surveys.delphi.giveaways import Giveaway, flags, signs

FOUND = [
    ("en", "Mail me at jan.peeters@uzgent.be please.", Giveaway.EMAIL, "jan.peeters@uzgent.be"),
    ("en", "See www.my-practice.be for more.", Giveaway.LINK, "www.my-practice.be"),
    ("nl", "Kijk op mijnpraktijk.be", Giveaway.LINK, "mijnpraktijk.be"),
    ("en", "Call +32 475 12 34 56 any time.", Giveaway.PHONE, "+32 475 12 34 56"),
    ("nl", "Bel 09 332 21 11.", Giveaway.PHONE, "09 332 21 11"),
    ("de", "Rufen Sie an: 0241 8012345", Giveaway.PHONE, "0241 8012345"),
    ("en", "I wrote it as @janpeeters before.", Giveaway.PERSON, "@janpeeters"),
    ("en", "That is what Prof. Anne De Smet said.", Giveaway.PERSON, "Prof. Anne De Smet"),
    ("en", "My colleague Tom does this.", Giveaway.PERSON, "colleague Tom"),
    ("en", "Jan Peeters said it too.", Giveaway.PERSON, "Jan Peeters"),
    ("en", "We learned it from Ruth Vandermeulen.", Giveaway.PERSON, "Ruth Vandermeulen"),
    ("nl", "Zoals mevrouw Van den Berghe zei.", Giveaway.PERSON, "mevrouw Van den Berghe"),
    ("nl", "dokter Janssens heeft gelijk", Giveaway.PERSON, "dokter Janssens"),
    ("fr", "Mme Dupont l'a dit.", Giveaway.PERSON, "Mme Dupont"),
    ("fr", "C'est faux selon Marie Lambert.", Giveaway.PERSON, "selon Marie Lambert"),
    ("de", "Da hat Frau Müller recht.", Giveaway.PERSON, "Frau Müller"),
    ("de", "Das weiß Klaus Meier.", Giveaway.PERSON, "Klaus Meier"),
    ("en", "People from Ghent will not come.", Giveaway.PLACE, "Ghent"),
    ("fr", "Les patients de Liège viennent.", Giveaway.PLACE, "Liège"),
    ("de", "Die Menschen in Köln kommen.", Giveaway.PLACE, "Köln"),
    ("nl", "In UZ Gent werkt dat goed.", Giveaway.ORGANISATION, "UZ Gent"),
    ("nl", "Bij ons in AZ Delta gebeurt dat al.", Giveaway.ORGANISATION, "AZ Delta"),
    (
        "nl",
        "In woonzorgcentrum De Linde lukt het.",
        Giveaway.ORGANISATION,
        "woonzorgcentrum De Linde",
    ),
    ("fr", "Au CHU de Liège on le fait.", Giveaway.ORGANISATION, "CHU de Liège"),
    ("fr", "À l'hôpital Saint-Luc nous essayons.", Giveaway.ORGANISATION, "hôpital Saint-Luc"),
    (
        "de",
        "Im Universitätsklinikum Aachen klappt das.",
        Giveaway.ORGANISATION,
        "Universitätsklinikum Aachen",
    ),
    (
        "en",
        "As the only physician here I see it daily.",
        Giveaway.SELF,
        "As the only physician here",
    ),
    ("en", "In my hospital in Ghent we tried it.", Giveaway.SELF, "In my hospital in Ghent"),
    ("en", "As head of nursing I know.", Giveaway.SELF, "As head of nursing I know"),
    ("nl", "Als enige huisarts in de streek zie ik dat.", Giveaway.SELF, "Als enige huisarts"),
    ("nl", "Ik werk bij Kind en Gezin.", Giveaway.SELF, "Ik werk bij Kind"),
    (
        "nl",
        "Als diensthoofd van de spoed zie ik dit.",
        Giveaway.SELF,
        "Als diensthoofd van de spoed",
    ),
    ("fr", "Comme seule pneumologue de la région, non.", Giveaway.SELF, "Comme seule pneumologue"),
    (
        "fr",
        "En tant que cheffe de service, je refuse.",
        Giveaway.SELF,
        "En tant que cheffe de service",
    ),
    ("de", "Als einzige Ärztin hier sehe ich das.", Giveaway.SELF, "Als einzige Ärztin hier"),
    (
        "de",
        "Als Chefarzt der Kardiologie sehe ich das.",
        Giveaway.SELF,
        "Als Chefarzt der Kardiologie",
    ),
]
PLAIN = [
    ("en", "In my practice most clients have an app."),
    ("en", "The WHO guidelines say 5 A's; the GDPR and the NHS forbid it."),
    ("en", "Between 2010 and 2020 use rose by 12.5%, on 01/02/2020 it stopped."),
    ("en", "It costs 1 000 000 euro."),
    ("en", "Dutch and French versions exist. Not on Mondays."),
    ("en", "Nice idea. May be useful. I'd say yes; I think so."),
    ("en", "It is the only solution, and the first of its kind."),
    ("en", "Nurses, e.g. in hospitals, i.e. on the ward."),
    ("nl", "De Vlaamse overheid betaalt. Met WhatsApp gaat het ook."),
    ("nl", "In mijn praktijk werkt dat niet. An sich goed."),
    ("nl", "Ik zie dat als enige oplossing. Dat is de enige manier."),
    ("fr", "C'est la seule solution. Les patients de langue française le disent."),
    ("fr", "M. et Mme sont égaux devant la maladie."),
    ("de", "Die Qualität der Pflege im Krankenhaus ist wichtig."),
    ("de", "Das ist die einzige Möglichkeit. Patientinnen und Patienten brauchen Zeit."),
]


@pytest.mark.parametrize(("language", "text", "what", "stretch"), FOUND)
def test_what_points_at_somebody_is_found_where_it_stands(language, text, what, stretch):
    found = [(sign.what, text[sign.start : sign.end]) for sign in signs(text, language)]
    assert [(kind, words) for kind, words in found if kind is what and stretch in words]
    assert what in flags(text, language)


@pytest.mark.parametrize(("language", "text"), PLAIN)
def test_plain_words_raise_no_alarm(language, text):
    assert signs(text, language) == ()
    assert flags(text, language) == ()


def test_the_examples_run():
    assert doctest.testmod(giveaways).failed == 0


def test_the_demonstration_has_next_to_no_false_alarm():
    """Some two hundred invented comments and answers in two languages, none of which names anybody."""
    from ruamel.yaml import YAML

    from surveys.services.loading import library_path

    path = library_path("smoking_cessation_mhealth").with_name("demonstration.yaml")
    document = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    texts = [
        (language, comment[language])
        for statement in document["statements"].values()
        for side in (statement.get("comments") or {}).values()
        for comment in side
        for language in comment
    ]
    alarms = [text for language, text in texts if flags(text, language)]
    assert len(texts) > 200
    assert len(alarms) <= len(texts) / 50, alarms


@given(st.text(max_size=300), st.sampled_from(["en", "nl", "fr", "de", "es"]))
def test_signs_lie_in_the_text_in_order_and_never_overlap(text, language):
    found = signs(text, language)
    assert list(found) == sorted(found)
    assert all(0 <= sign.start < sign.end <= len(text) for sign in found)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert {sign.what for sign in found} <= set(flags(text, language))
