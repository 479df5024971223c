"""A text with its places: what is wrong with it, what is left out, what it looks like filled in."""

import pytest

from surveys.mail.wording import MESSAGES, NEEDS_LINK, PLACES, Wording, fill, standard
from surveys.translations import LANGUAGES

ALL = {name: f"<{name}>" for place in PLACES.values() for name in place} | {
    "link": "https://x.example/p/a_b*c*"
}


def filled(body, **values):
    return fill(Wording("Hello {name}", body), {**ALL, "name": "Zoë", **values}, go="Open")


@pytest.mark.parametrize("language", LANGUAGES["experts"])
@pytest.mark.parametrize("message", [*MESSAGES, "link", "link-while-waiting"])
def test_every_standard_text_can_be_sent_and_leaves_no_place_open(message, language):
    text = standard(message, language)
    assert text.unknown(message) == []
    assert not text.lacks_link(message)
    written = fill(text, ALL, go="Open")
    assert not set("{}") & set(written.subject + written.text + written.html)
    assert 10 < len(written.subject) < 90
    assert "{study}" in text.subject


def test_languages_ask_for_the_same_places():
    for message in MESSAGES:
        places = {frozenset(standard(message, one).places) for one in LANGUAGES["experts"]}
        assert len(places) == 1, message


def test_the_link_must_stand_where_something_is_asked_for():
    assert {"invitation", "next", "reminder"} == NEEDS_LINK
    assert Wording("{link}", "no way").lacks_link("reminder"), "a subject is no way in"
    assert not Wording("x", "no way").lacks_link("receipt")


def test_a_paragraph_with_nothing_to_say_is_left_out_with_what_led_up_to_it():
    body = "One.\n\nUntil {closes}.\n\nWith your link:\n\n{link}\n\nEnd."
    assert filled(body, closes="").text == (
        "One.\n\nWith your link:\n\nhttps://x.example/p/a_b*c*\n\nEnd.\n"
    )
    assert filled(body, link="").text == "One.\n\nUntil <closes>.\n\nEnd.\n"


def test_values_are_text_whatever_stands_in_them():
    written = filled("Dear {name}, {study}", name="**A** <script>", study="{link} [x](http://y)")
    assert written.text == "Dear **A** <script>, {link} [x](http://y)\n"
    assert "**A** &lt;script&gt;" in written.html
    assert "<a" not in written.html


def test_a_link_alone_is_a_button_with_its_address_written_out():
    html = filled("Go:\n\n{link}\n\nor {link}").html
    assert html.count('href="https://x.example/p/a_b*c*"') == 2
    assert '<p class="go"><a href="https://x.example/p/a_b*c*">Open</a></p>' in html
    assert '<p class="address">https://x.example/p/a_b*c*</p>' in html


def test_what_researchers_type_brings_no_markup_of_their_own():
    html = filled('<img src=x onerror=alert(1)> [a](javascript:alert(1)) <b onclick="x">b</b>').html
    assert "<img" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html


def test_light_markdown_reads_well_as_plain_text():
    written = filled("**Please** read [our page](https://y.example/z).\n\n- one\n- two")
    assert written.text == "Please read our page (https://y.example/z).\n\n- one\n- two\n"
    assert "<strong>Please</strong>" in written.html
    assert '<a href="https://y.example/z">our page</a>' in written.html
    assert "<li>one</li>" in written.html
    assert '<a href="https://z.example/a">' in filled("See https://z.example/a now.").html
