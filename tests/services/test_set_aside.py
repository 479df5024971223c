"""Files that were sent wait for their owner, for a day, and lead nowhere else."""

from datetime import timedelta

from surveys.services.set_aside import KEPT, MOST, Shelf
from tests.factories import MORNING


def test_a_file_is_found_by_its_owner_until_it_is_let_go_of(tmp_path):
    shelf = Shelf(tmp_path / "aside")
    token = shelf.put(b"x,y", owner=1, name="my file.csv", at=MORNING, language="nl")
    found = shelf.find(token, owner=1, at=MORNING + KEPT)
    assert (found.content, found.name, found.said) == (b"x,y", "my file.csv", {"language": "nl"})
    assert shelf.find(token, owner=2, at=MORNING) is None
    assert shelf.find(token, owner=1, at=MORNING + KEPT + timedelta(seconds=1)) is None
    shelf.drop(token)
    assert shelf.find(token, owner=1, at=MORNING) is None
    assert not list(shelf.folder.iterdir())


def test_what_is_old_or_too_much_is_thrown_away(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.put(b"old", owner=2, name="", at=MORNING)
    later = MORNING + timedelta(days=2)
    tokens = [
        shelf.put(b"%d" % n, owner=1, name="", at=later + timedelta(minutes=n))
        for n in range(MOST + 2)
    ]
    assert len(list(tmp_path.iterdir())) == 2 * MOST
    kept = [shelf.find(token, owner=1, at=later) is not None for token in tokens]
    assert kept == [False, False] + [True] * MOST


def test_no_token_leads_out_of_the_folder(tmp_path):
    (tmp_path / "secret.json").write_text('{"owner": 1, "at": "2026-01-01T00:00:00+00:00"}')
    shelf = Shelf(tmp_path / "aside")
    for token in ("../secret", "/etc/passwd", "", "\0", "x" * 5000, "é/.."):
        assert shelf.find(token, owner=1, at=MORNING) is None
        shelf.drop(token)
    assert (tmp_path / "secret.json").exists()
