"""The two ways out: a real SMTP server, and a folder."""

from email import message_from_bytes, policy

import pytest

from surveys.mail.delivery import FolderDelivery, NotSent, SmtpDelivery
from surveys.mail.message import Message
from tests.actors.fickle_mailbox import BUSY, FULL, HANGS_UP, HANGS_UP_AFTER, FickleMailbox
from tests.actors.server import free_port


def message(**about):
    return Message(
        **{
            "sender": "Rondo <study@institute.example>",
            "recipient_name": "Dr Zoë Müller",
            "recipient": "zoe@panel.example",
            "subject": "Ronde 2 – uw mening, één keer",
            "body": "Beste Zoë,\n\nDe tweede ronde is open.\n",
            "message_id": "<abc@rondo.test>",
            "language": "nl",
            **about,
        }
    )


def through(mailbox):
    return SmtpDelivery("127.0.0.1", mailbox.port, "none", "", "")


def test_a_letter_arrives_as_it_was_written(mailbox):
    through(mailbox).send(message())
    (letter,) = mailbox.to("zoe@panel.example")
    assert letter["Subject"] == "Ronde 2 – uw mening, één keer"
    assert letter["From"] == "Rondo <study@institute.example>"
    assert letter["To"].addresses[0].display_name == "Dr Zoë Müller"
    assert letter["Message-ID"] == "<abc@rondo.test>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "nl"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().split("\r\n") == ["Beste Zoë,", "", "De tweede ronde is open.", ""]


def test_a_letter_goes_to_one_person_and_to_nobody_else(mailbox):
    through(mailbox).send(message())
    assert mailbox.recipients == [["zoe@panel.example"]]


@pytest.mark.parametrize(
    ("answer", "final"),
    [("451 come back later", False), ("450 greylisted", False), ("550 no such user", True)],
)
def test_a_servers_refusal_is_final_only_where_its_code_says_so(mailbox, answer, final):
    mailbox.refusal = answer
    with pytest.raises(NotSent) as trouble:
        through(mailbox).send(message())
    assert trouble.value.final is final
    assert trouble.value.problem == answer


def test_a_server_that_is_not_there_is_tried_again():
    with pytest.raises(NotSent) as trouble:
        SmtpDelivery("127.0.0.1", free_port(), "none", "", "").send(message())
    assert trouble.value.final is False


def test_a_server_that_cannot_do_what_is_asked_is_no_reason_to_send_unprotected(mailbox):
    with pytest.raises(NotSent):
        SmtpDelivery("127.0.0.1", mailbox.port, "starttls", "", "").send(message())
    assert mailbox.letters == []


@pytest.mark.parametrize("field", ["subject", "recipient_name"])
def test_no_further_header_can_be_smuggled_in(mailbox, field):
    with pytest.raises(NotSent) as trouble:
        through(mailbox).send(message(**{field: "x\r\nBcc: everybody@panel.example"}))
    assert trouble.value.final is True
    assert mailbox.letters == []


def test_the_folder_holds_the_letter_as_it_would_travel(tmp_path):
    FolderDelivery(tmp_path / "outbox").send(message())
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "abc.eml"
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert letter["Subject"] == "Ronde 2 – uw mening, één keer"


def test_the_same_letter_twice_is_one_file(tmp_path):
    for _ in range(2):
        FolderDelivery(tmp_path).send(message())
    assert [file.name for file in tmp_path.iterdir()] == ["abc.eml"]


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotSent) as trouble:
        FolderDelivery(tmp_path / "file").send(message())
    assert trouble.value.final is False


def test_a_long_address_in_a_header_is_written_as_it_is():
    """Encoded, as the library would have it, no mail program finds its way."""
    address = f"https://rondo.institute.example/no-more-mail/{'x' * 16}/{'f' * 32}"
    sent = message(no_more=address).as_email().as_bytes()
    assert f"List-Unsubscribe: <{address}>\n".encode() in sent
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in sent


def test_one_press_is_offered_only_where_the_address_is_safe():
    plain = message(no_more="http://127.0.0.1:5000/no-more-mail/x/y").as_email()
    assert plain["List-Unsubscribe-Post"] is None


def test_one_connection_carries_many_letters_and_a_new_one_follows(mailbox, monkeypatch):
    made = []
    real = SmtpDelivery.connect
    monkeypatch.setattr(SmtpDelivery, "connect", lambda self: made.append(1) or real(self))
    with through(mailbox).open() as way:
        for number in range(205):
            way.send(message(message_id=f"<{number}@rondo.test>"))
    assert len(mailbox.letters) == 205
    assert len(made) == 3


def test_a_refused_letter_leaves_the_connection_good_for_the_next(mailbox):
    with through(mailbox).open() as way:
        mailbox.refusal = "550 no such user"
        with pytest.raises(NotSent):
            way.send(message(recipient="nobody@panel.example"))
        mailbox.refusal = None
        way.send(message())
    assert mailbox.recipients == [["zoe@panel.example"]]


@pytest.mark.parametrize(
    ("mood", "arrived", "uncertain"),
    [(HANGS_UP, 0, True), (HANGS_UP_AFTER, 1, True), (FULL, 0, False), (BUSY, 0, False)],
)
def test_only_what_was_handed_over_whole_without_an_answer_is_uncertain(
    monkeypatch, mood, arrived, uncertain
):
    monkeypatch.setattr("tests.actors.fickle_mailbox.TROUBLES", (mood,))
    with FickleMailbox(seed=1, one_in=1) as box:
        with pytest.raises(NotSent) as trouble:
            through(box).send(message())
        assert (trouble.value.uncertain, trouble.value.final) == (uncertain, False)
        assert len(box.letters) == arrived


def test_a_line_with_a_dot_and_very_long_lines_arrive_whole(mailbox):
    body = ".\n..two\n" + "long " * 400 + "\nend\n"
    through(mailbox).send(message(body=body))
    (letter,) = mailbox.letters
    assert letter.get_content().replace("\r\n", "\n") == body
