"""The two ways out: a real SMTP server, and a folder."""

from email import message_from_bytes, policy

import pytest

from surveys.mail.delivery import FolderDelivery, NotSent, SmtpDelivery
from surveys.mail.message import Message
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
