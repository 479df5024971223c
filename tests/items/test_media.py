"""What a file really is, told by its content: whole, fit, and nothing that acts."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.items.media import LARGEST_PDF, LARGEST_PICTURE, PDF, Media, UnfitFile, recognise
from tests.pictures import chunk, jpeg, pdf, png, webp

WHOLE = {
    "png": png(),
    "jpeg": jpeg(),
    "webp, lossy": webp("VP8"),
    "webp, lossless": webp("VP8L"),
    "webp, extended": webp("VP8X"),
    "pdf": pdf(),
}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(800, 30), Media("image/png", 800, 30)),
        (jpeg(640, 480), Media("image/jpeg", 640, 480)),
        (webp("VP8", 300, 200), Media("image/webp", 300, 200)),
        (webp("VP8L", 300, 200), Media("image/webp", 300, 200)),
        (webp("VP8X", 300, 200), Media("image/webp", 300, 200)),
        (pdf(), Media(PDF)),
    ],
)
def test_a_file_is_known_by_its_content_and_a_picture_by_its_size(content, found):
    assert recognise(content) == found
    assert recognise(content).is_picture is (found.type != PDF)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "Only PDF files"),
        (b"<!doctype html><script>alert(1)</script>", "Only PDF files"),
        (b"GIF89a\x01\x00\x01\x00", "Only PDF files"),
        (b"MZ" + b"\x00" * 100, "Only PDF files"),
        (b"\x00" + png(), "Only PDF files"),
        (png() + b"<script>", "behind its end"),
        (png(extra=chunk(b"acTL", b"\x00" * 8)), "Moving pictures"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (chunk(b"IDAT", b"").join([png()[:8], png()[8:]]), "damaged"),
        (png(7_000, 1), "up to 6000 pixels"),
        (png(0, 5), "up to 6000 pixels"),
        (jpeg() + b"more", "ends too early"),
        (jpeg().replace(b"\xff\xc0", b"\xff\xda"), "damaged"),
        (webp(flags=2), "Moving pictures"),
        (webp() + b"\x00", "damaged"),
        (b"RIFF\x04\x00\x00\x00WAVE", "Only PDF files"),
        (webp("VP9 "), "damaged"),
        (pdf()[:-30], "its beginning or its end is missing"),
        (b"%PDF-x\n" + pdf(), "its beginning or its end is missing"),
        (pdf(b"/Encrypt 9 0 R"), "protected by a password"),
        (pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "holds scripts"),
        (pdf(b"/Names << /EmbeddedFiles 9 0 R >>"), "holds scripts"),
        (pdf(b"/AcroForm << /XFA 9 0 R >>"), "holds scripts"),
        (pdf(b"/OpenAction << /S /Launch >>"), "holds scripts"),
        (pdf(stream=b"x" * LARGEST_PDF), "too large: at most 5000 kB"),
        (png(1_100, 1_100, extra=chunk(b"tEXt", b"x" * LARGEST_PICTURE)), "at most 1000 kB"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(content, said):
    with pytest.raises(UnfitFile, match=said):
        recognise(content)


def test_letters_that_chance_wrote_into_a_compressed_part_are_no_script():
    assert recognise(pdf(stream=b"\x12\x99/JS /Launch /Encrypt\x07")) == Media(PDF)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_ends_early_is_never_taken_for_a_whole_one(name):
    content = WHOLE[name].rstrip(b"\n")
    for length in range(len(content)):
        with pytest.raises(UnfitFile):
            recognise(content[:length])


@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=60))
def test_junk_behind_a_head_never_fails_but_in_a_sentence(name, junk):
    for cut in (4, 12, 24):
        with suppress(UnfitFile):
            recognise(WHOLE[name][:cut] + junk)
