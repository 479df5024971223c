"""Designs leave and come back by the command line."""

from pathlib import Path

import pytest


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def command(app):
    """Runs a word of the command line and gives what it printed."""

    def run(*words):
        result = app.test_cli_runner().invoke(args=[*map(str, words)])
        return result.exit_code, result.output.strip()

    return run


def test_a_design_that_was_written_is_loaded_as_the_same(command, tmp_path):
    lead = ("--lead", "lead@institute.example")
    _code, address = command("study", "load", "smoking_cessation_mhealth", *lead)
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        code, path = command("study", "write", address.rpartition("/")[2], tmp_path / folder)
        assert code == 0
        _code, address = command("study", "load", path, *lead)
    texts = {file.read_text("utf-8") for file in tmp_path.rglob("*.yaml")}
    assert len(texts) == 1
    assert Path(path).name == "smoking-cessation-mhealth.yaml"


def test_a_study_that_is_not_there_is_not_written(command, tmp_path):
    code, said = command("study", "write", "nothing", tmp_path)
    assert (code, said) == (1, "Error: there is no study nothing")
