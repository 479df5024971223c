"""Where a server is reached, and the doors it prints."""

import socket

import pytest

from surveys.cli.serving import one_per_language, reached_at, refuse_taken_port
from surveys.config import Config


@pytest.mark.parametrize(
    ("host", "port", "leads_to"),
    [
        ("127.0.0.1", 5000, "http://127.0.0.1:5000"),
        ("127.0.0.1", 5001, "http://127.0.0.1:5001"),
        ("0.0.0.0", 8080, "http://127.0.0.1:8080"),  # noqa: S104
    ],
)
def test_links_lead_to_the_port_that_is_served(host, port, leads_to):
    assert reached_at(Config(), host, port).public_url == leads_to


@pytest.mark.parametrize(
    "configured",
    [
        Config(public_url="https://delphi.institute.example"),
        Config(mode="production", public_url="https://delphi.institute.example"),
    ],
)
def test_an_address_that_was_set_stays(configured):
    assert reached_at(configured, "127.0.0.1", 5001) is configured


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            refuse_taken_port("127.0.0.1", port)
    assert f"Port {port} is taken by another program." in stopped.value.code
    assert f"python3 run.py --port {port + 1}" in stopped.value.code


def doors(*invitations):
    made = [
        {"expert": f"E{number}", "language": language, "begun": begun}
        for number, (language, begun) in enumerate(invitations, start=1)
    ]
    return [one["expert"] for one in one_per_language(made)]


def test_the_doors_lead_to_experts_who_have_not_begun_one_in_each_language():
    assert doors(("nl", True), ("nl", False), ("en", True), ("nl", False), ("en", False)) == [
        "E2",
        "E5",
    ]


def test_where_everybody_has_begun_or_speaks_one_language_there_are_doors_all_the_same():
    assert doors(("nl", True), ("en", True)) == ["E1", "E2"]
    assert doors(("nl", False), ("nl", False)) == ["E1", "E2"]
    assert doors(("nl", True)) == ["E1"]
