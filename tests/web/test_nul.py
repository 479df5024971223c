"""A NUL, which PostgreSQL does not keep, is answered with a sentence wherever it stands."""

import pytest

from tests.web.researchers.conftest import lead

__all__ = ["lead"]


@pytest.fixture
def engine_name():
    return "postgresql"


def test_a_nul_in_an_address_or_a_field_is_no_fault_of_ours(story, lead):
    lead.open(f"{lead.study}/panel")
    for path in ("/panel/%00", "/panel?group=a%00b", "/panel/import/%00", "/lineage/S%00"):
        assert lead.ask("GET", f"{lead.study}{path}").status_code in (200, 303, 404), path
    place = story.place(1, "Q1")
    for path, fields in (
        ("/mail/stop", {"code": "E\0", "reason": "asked"}),
        ("/panel/E%00/new-link", {}),
        (f"/rounds/1/next/split/{place}", {"wording-1-en": "a", "theme-1": "\0"}),
    ):
        lead.open(f"{lead.study}/mail")
        answer = lead.post(f"{lead.study}{path}", **fields)
        assert answer.status_code in (400, 404, 422), path
