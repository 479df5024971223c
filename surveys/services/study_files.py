"""Read a study file and check it: a plan of a study, or every mistake with its line.

The format is documented in docs/study-files.md. ``writing_study_files`` writes it, ``loading`` makes a
study of a plan.
"""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from surveys.delphi import asking
from surveys.delphi.asking import Surroundings, Tells
from surveys.delphi.expertise import AskedAbout
from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.delphi.reminding import Reminders
from surveys.delphi.scale import Scale
from surveys.items import KINDS, ItemKind, load_kind
from surveys.items.evidence import Evidence, load_evidence
from surveys.items.media import LARGEST_PDF, UnfitFile
from surveys.items.settings import whole
from surveys.mail.wording import MESSAGES, Wording
from surveys.models.item import Aspect, Descent, Meaning
from surveys.models.profile import FieldKind, FilledBy
from surveys.models.round import RoundKind, RoundLayout, RoundMode
from surveys.services import mail_texts, uploading
from surveys.services.protocol_words import protocol_of

LIBRARY = Path(__file__).parent.parent / "library"
FORMAT = 1
STUDY_FILE = "study.yaml"
LARGEST_FILE = 1_000_000
# A study file with all that its evidence names, as it is sent and as it unfolds.
LARGEST_ARCHIVE = 25_000_000
MOST_FILES = 500
ZIP_BEGINS = b"PK\x03\x04"
LANGUAGES = ("en", "nl", "fr", "de")
ITEM_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")
# More than any study needs; a file may name one part from many places and so unfold without end.
MOST_VALUES = 200_000
# Nothing, and halves of signs: YAML can name them, no database keeps them.
_NO_SIGN = re.compile("[\x00\ud800-\udfff]")
DEEPEST = 40
ITEM_KEYS = (
    "code",
    "theme",
    "kind",
    "settings",
    "aspect",
    "wording",
    "help",
    "ask_if",
    "comments",
    "made",
    "basis",
    "note",
)
# What may be said of an item that an earlier round has asked; all else is as it was.
AGAIN_KEYS = (
    "code",
    "again",
    "wording",
    "help",
    "settings",
    "ask_if",
    "comments",
    "reasons",
    "meaning",
)
ROUND_KEYS = (
    "number",
    "kind",
    "title",
    "introduction",
    "layout",
    "order",
    "expertise",
    "mode",
    "reminders",
    "items",
)
FIELD_KEYS = ("code", "kind", "label", "options", "filled_by", "may_identify")
# What stands with the rules and is none of them.
PLANNING = ("chosen", "planned_experts")
LONGEST_CODE, LONGEST_VERSION, LONGEST_BASIS = 40, 20, 24
VERDICT_WORDS = ("in", "out", "none", "few")


class StudyFileBroken(Exception):
    """The file cannot become a study. ``problems`` are sentences, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """That an item took the place of others that an earlier round asked, and why."""

    by: Descent
    of: tuple[str, ...]
    reasons: Texts


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item as the file describes it."""

    code: str
    theme: str | None
    kind: str
    settings: dict[str, Any]
    aspect: Aspect | None
    wording: Texts
    help: Texts | None
    basis: str
    note: str
    ask_if: dict[str, Any] | None = None
    evidence: tuple[Evidence, ...] = ()
    comments: bool = True
    # Whether an earlier round asks it too, and, where it comes back in other words, whether it still
    # means the same, and why it was reworded.
    again: bool = False
    reworded: Meaning | None = None
    reasons: Texts | None = None
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One profile field as the file describes it."""

    code: str
    kind: FieldKind
    label: Texts
    filled_by: FilledBy
    may_identify: bool
    options: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """One round as the file describes it."""

    number: int
    kind: RoundKind
    title: Texts
    introduction: Texts
    items: tuple[PlannedItem, ...]
    layout: RoundLayout = RoundLayout.PAGE
    order: ItemOrder | None = None
    expertise: AskedAbout = AskedAbout.NOTHING
    mode: RoundMode = RoundMode.CLASSICAL
    # When it reminds by itself; None where that is as for every round.
    reminders: Reminders | None = None


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A whole study, checked and not yet stored."""

    code: str
    version: str
    languages: tuple[str, ...]
    title: Texts
    summary: Texts
    source: dict[str, str]
    settings: dict[str, Any]
    consent: dict[str, Any]
    groups: tuple[tuple[str, Texts], ...]
    themes: tuple[tuple[str, Texts, Texts], ...]
    scale: dict[str, Any]
    verdicts: dict[str, Texts]
    protocol: Protocol
    rounds: tuple[PlannedRound, ...] = field(default=())
    # What the files hold that its evidence names, by their names in the study's folder.
    files: Mapping[str, bytes] = field(default_factory=dict)
    # Whether somebody chose its rules, or they are only those a study begins with.
    rule_chosen: bool = True
    # For how many experts the rules are planned; None where that is the panel as it will be.
    planned_experts: int | None = None
    # What the study wants to know of its experts, and whether it asks about conflicts of interest.
    profile: tuple[PlannedField, ...] = ()
    conflicts: dict[str, Any] = field(default_factory=dict)
    # What it writes in words of its own, by message and language, and when it reminds.
    mails: Mapping[tuple[str, str], Wording] = field(default_factory=dict)
    reminders: Reminders | None = None


class Beside(ABC):
    """The files that lie beside a study file."""

    @abstractmethod
    def content(self, name: str) -> bytes:
        """What a file of this name holds, or a little more than is allowed of it.

        Raises ValueError with a sentence where there is none.
        """


@dataclass(frozen=True, slots=True)
class Folder(Beside):
    """The folder of a study file."""

    path: Path

    def content(self, name: str) -> bytes:
        """What a file of the folder holds, up to one byte more than is allowed. Raises ValueError."""
        path = self.path / name
        if path.is_symlink():
            raise ValueError(f"“{name}” leads elsewhere; the file itself must lie here")
        try:
            with path.open("rb") as file:
                # One byte more tells a file that is too large, without reading all of it.
                return file.read(LARGEST_PDF + 1)
        except OSError as error:
            raise ValueError(f"“{name}” cannot be opened: {error.strerror}") from None


class Archive(Beside):
    """A zip that holds a study file and what its evidence names. Nothing of it touches the disk.

    most : how many bytes its files of evidence may have together; None for no limit.

    Raises StudyFileBroken for what is no such archive, and for names that lead out of it.
    """

    def __init__(self, content: bytes, most: int | None) -> None:
        try:
            self.archive = zipfile.ZipFile(BytesIO(content))
        except _UNREADABLE as error:
            raise StudyFileBroken(["the file cannot be opened as an archive (.zip)"]) from error
        names = self.archive.namelist()
        if most is not None and len(names) > MOST_FILES:
            raise StudyFileBroken([f"the archive holds more than {MOST_FILES} files"])
        for name in names:
            if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
                raise StudyFileBroken([f"“{name[:80]}” leads out of the archive"])
        found = [name for name in names if PurePosixPath(name).name == STUDY_FILE]
        if len(found) != 1:
            many = f"more than one {STUDY_FILE}" if found else f"no {STUDY_FILE}"
            raise StudyFileBroken([f"there is {many} in the archive"])
        self.study_file = found[0]
        self.most, self.used = most, 0

    def text(self) -> str:
        """The study file. Raises StudyFileBroken."""
        content = self._read(self.study_file, LARGEST_FILE)
        if content is None:
            raise StudyFileBroken([f"{STUDY_FILE} cannot be read from the archive"])
        return _text_in(content, STUDY_FILE)

    def content(self, name: str) -> bytes:
        path = str(PurePosixPath(self.study_file).with_name(name))
        if path not in self.archive.namelist():
            raise ValueError(f"“{name}” is not in the archive")
        content = self._read(path, LARGEST_PDF)
        if content is None:
            raise ValueError(f"“{name}” cannot be read from the archive")
        self.used += len(content)
        if self.most is not None and self.used > self.most:
            raise ValueError(f"the files of evidence are larger than {self.most:,} bytes")
        return content

    def _read(self, path: str, most: int) -> bytes | None:
        """What a file holds, up to one byte more than is allowed, whatever the archive says of it."""
        try:
            with self.archive.open(path) as file:
                return file.read(most + 1)
        except _UNREADABLE:
            return None


# What the library of the language raises for archives that are damaged, locked or of another making.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
    OverflowError,
    MemoryError,
)


def library_path(name: str) -> Path:
    """Where a ready study lies. Raises StudyFileBroken with the names there are."""
    folders = sorted(p.parent.name for p in LIBRARY.glob("*/study.yaml"))
    if name not in folders:
        raise StudyFileBroken([f"no study “{name}” in the library; there is: {', '.join(folders)}"])
    return LIBRARY / name / "study.yaml"


def read_file(path: Path) -> StudyPlan:
    """Read and check a study file. Raises StudyFileBroken."""
    try:
        with path.open("rb") as file:
            content = file.read(max(LARGEST_FILE, LARGEST_ARCHIVE) + 1)
    except OSError as error:
        raise StudyFileBroken([f"{path.name} cannot be opened: {error.strerror}"]) from error
    if content.startswith(ZIP_BEGINS):
        return read_upload(content)
    return read(_text_in(content, path.name), Folder(path.parent))


def read_upload(content: bytes, *, most: int | None = LARGEST_ARCHIVE) -> StudyPlan:
    """Read a study file that was sent: its text, or a zip of it and its files.

    most : how many bytes it may have, and unfold to; None for what Rondo wrote itself.

    Raises StudyFileBroken.
    """
    if most is not None and len(content) > most:
        raise StudyFileBroken([f"the file is larger than {most:,} bytes"])
    if content.startswith(ZIP_BEGINS):
        archive = Archive(content, most)
        return read(archive.text(), archive)
    return read(_text_in(content, "the file"))


def _text_in(content: bytes, name: str) -> str:
    if len(content) > LARGEST_FILE:
        raise StudyFileBroken([f"{name} is larger than {LARGEST_FILE:,} bytes"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyFileBroken(
            [f"{name} is not UTF-8 text: byte {error.start} cannot be read"]
        ) from error


def read(text: str, beside: Beside | None = None) -> StudyPlan:
    """Check the text of a study file. Raises StudyFileBroken with every problem and its line.

    beside : where the files of its evidence lie; a text by itself has none.
    """
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyFileBroken([f"line {line}: {error.problem or 'this is not YAML'}"]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise StudyFileBroken(
            [f"line 1: this is not YAML: {str(error).splitlines()[0]}"]
        ) from error
    _refuse_endless(document)
    return check(document, beside)


def check(document: Any, beside: Beside | None = None) -> StudyPlan:
    """Check what a study file would hold. Raises StudyFileBroken."""
    return _Reader(beside).plan(document)


def _refuse_endless(document: Any) -> None:
    """Refuse a file that unfolds to more than a study can hold, before anything walks through it.

    A few short lines can name each other so often that they stand for billions. What no database can
    keep is refused with it. Raises StudyFileBroken.
    """
    left = MOST_VALUES
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > DEEPEST:
            raise StudyFileBroken(["line 1: this unfolds to more than a study can hold"])
        if isinstance(value, str) and _NO_SIGN.search(value):
            raise StudyFileBroken(
                [f"line 1: a text holds a sign that cannot be kept: {value!r:.60}"]
            )
        if isinstance(value, Mapping):
            waiting += [(inside, depth + 1) for pair in value.items() for inside in pair]
        elif is_list(value):
            waiting += [(inside, depth + 1) for inside in value]


class _Reader:
    """Walks the document once and gathers what is wrong with it."""

    def __init__(self, beside: Beside | None = None) -> None:
        self.beside = beside
        self.files: dict[str, bytes] = {}
        self.problems: list[tuple[int, str]] = []
        self.languages: tuple[str, ...] = ("en",)
        self.scale: dict[str, Any] = {}
        # Whether texts may still lack a language.
        self.draft = False
        self.rule_chosen = True
        self.planned_experts: int | None = None

    def plan(self, document: Any) -> StudyPlan:
        if not isinstance(document, Mapping):
            raise StudyFileBroken(["line 1: the file must hold a study: keys and their values"])
        if document.get("rondo") != FORMAT:
            self.say(document, "rondo", f"must be {FORMAT}, the version of the file format")
        known = set(StudyPlan.__dataclass_fields__) - {"files", "rule_chosen", "planned_experts"}
        known |= {"rondo", "draft", "layout", "order", "expertise"}
        for key in document:
            if key not in known:
                self.say(document, key, "is not a part of a study file")

        languages = self.sequence(document, "languages")
        wrong = [str(x) for x in languages if x not in LANGUAGES]
        if wrong or not languages or len(set(languages)) != len(languages):
            self.say(document, "languages", f"must list some of {', '.join(LANGUAGES)}, each once")
        self.languages = tuple(str(x) for x in languages if x in LANGUAGES) or ("en",)
        self.draft = self.read_yes_no(document, "draft", usual=False)

        groups = tuple(
            (self.short(group, "code", LONGEST_CODE), self.texts(group, "name"))
            for group in self.mappings(document, "groups")
        )
        themes = tuple(
            (
                self.short(theme, "code", LONGEST_CODE),
                self.texts(theme, "title"),
                self.texts(theme, "description") if "description" in theme else {},
            )
            for theme in self.mappings(document, "themes")
        )
        self.once(document, "groups", [code for code, _ in groups])
        self.once(document, "themes", [code for code, _, _ in themes])
        self.scale = self.read_scale(document)
        rounds = self.read_rounds(document, {code for code, _, _ in themes}, dict(groups))
        protocol = self.read_protocol(document, rounds)
        plan: dict[str, Any] = {
            "code": self.text(document, "code"),
            "version": self.text(document, "version"),
            "title": self.texts(document, "title"),
            "summary": self.texts(document, "summary"),
            "source": {k: str(v) for k, v in self.mapping(document, "source").items()},
            "settings": self.read_settings(document),
            "consent": self.read_consent(document),
            "verdicts": self.read_verdicts(document),
            "profile": self.read_profile(document),
            "conflicts": self.read_conflicts(document),
            "mails": self.read_mails(document),
            "reminders": self.read_reminders(document),
        }
        if self.problems or protocol is None:
            ordered = sorted(self.problems)
            raise StudyFileBroken([f"line {line}: {problem}" for line, problem in ordered])
        return StudyPlan(
            languages=self.languages,
            groups=groups,
            themes=themes,
            scale=self.scale,
            protocol=protocol,
            rounds=rounds,
            files=self.files,
            rule_chosen=self.rule_chosen,
            planned_experts=self.planned_experts,
            **plan,
        )

    # --- one part of the file each

    def read_scale(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "scale")
        if not part:
            return {}
        labels = self.mapping(part, "labels")
        read_labels = {
            str(language): {str(point): str(name) for point, name in points.items()}
            for language, points in labels.items()
            if isinstance(points, Mapping)
        }
        # An empty one says that the answer is not offered.
        unable = self.texts(part, "unable") if part.get("unable") != {} else {}
        try:
            low, high = _whole(part.get("low")), _whole(part.get("high"))
            bands = self.mapping(part, "bands", may_lack=True)
            scale = Scale.of(
                low,
                high,
                low_until=max(_whole(p) for p in bands["low"]) if bands else None,
                high_from=min(_whole(p) for p in bands["high"]) if bands else None,
            )
        except (ValueError, TypeError, KeyError) as error:
            self.say(document, "scale", f"cannot be read: {error}")
            return {}
        for language in self.languages:
            absent = [p for p in scale.points if str(p) not in read_labels.get(language, {})]
            if absent and not self.draft:
                points = ", ".join(map(str, absent))
                self.say(part, "labels", f"lack the points {points} in “{language}”")
        return {"scale": scale.to_json(), "labels": read_labels, "unable": unable}

    def read_protocol(self, document: Any, rounds: Sequence[PlannedRound]) -> Protocol | None:
        part = self.mapping(document, "protocol")
        if not part or not self.scale:
            return None
        live = tuple(planned.number for planned in rounds if planned.mode is RoundMode.REAL_TIME)
        self.rule_chosen = self.read_yes_no(part, "chosen", usual=True)
        rest = {key: value for key, value in _plain(part).items() if key not in PLANNING}
        try:
            if "planned_experts" in part:
                self.planned_experts = whole(part["planned_experts"], "planned_experts", least=1)
            rules = protocol_of(rest, Scale.from_json(self.scale["scale"]))
            # Said of each round in the file, and locked with the rules.
            return replace(rules, real_time=live)
        except ValueError as error:
            self.say(document, "protocol", str(error))
            return None

    def read_settings(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "settings")
        read = {}
        for key in part:
            value = part[key]
            read[str(key)] = self.texts(part, key) if isinstance(value, Mapping) else str(value)
        return read

    def read_consent(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "consent")
        if not isinstance(document.get("consent"), Mapping):
            return {}
        return {
            "version": self.short(part, "version", LONGEST_VERSION),
            "text": self.texts(part, "text"),
            "statement": self.texts(part, "statement"),
            "naming": self.read_yes_no(part, "naming", usual=True),
        }

    def read_verdicts(self, document: Any) -> dict[str, Texts]:
        part = self.mapping(document, "verdicts")
        if not isinstance(document.get("verdicts"), Mapping):
            return {}
        return {word: self.texts(part, word) for word in VERDICT_WORDS}

    def read_rounds(
        self, document: Any, themes: set[str], groups: Mapping[str, Texts]
    ) -> tuple[PlannedRound, ...]:
        rounds = []
        codes: list[str] = []
        asked: dict[str, PlannedItem] = {}
        usual = self.read_layout(document, RoundLayout.PAGE)
        usual_order = self.read_order(document, themes, None)
        usually_asked = self.read_expertise(document, AskedAbout.NOTHING)
        for number, part in enumerate(self.mappings(document, "rounds"), start=1):
            if part.get("number") != number:
                self.say(part, "number", f"must be {number}: rounds stand in their order")
            self.only(part, ROUND_KEYS)
            kind = self.word(part, "kind") or ""
            if kind not in tuple(RoundKind):
                self.say(part, "kind", f"must be one of {', '.join(RoundKind)}")
                continue
            items = self.read_items(part, themes, groups, asked)
            codes += [item.code for item in items if not item.again]
            self.once(part, "items", [item.code for item in items if item.again])
            asked |= {item.code: item for item in items}
            rounds.append(
                PlannedRound(
                    number=number,
                    kind=RoundKind(kind),
                    title=self.texts(part, "title"),
                    introduction=self.texts(part, "introduction"),
                    items=items,
                    layout=self.read_layout(part, usual),
                    order=self.read_order(part, themes, usual_order),
                    expertise=self.read_expertise(part, usually_asked),
                    mode=self.read_mode(part, RoundKind(kind)),
                    reminders=self.read_reminders(part),
                )
            )
        self.once(document, "rounds", codes)
        return tuple(rounds)

    def read_profile(self, document: Any) -> tuple[PlannedField, ...]:
        """What the study wants to know of each expert."""
        fields = []
        for part in self.mappings(document, "profile", may_lack=True):
            self.only(part, FIELD_KEYS)
            kind, filled_by = self.word(part, "kind"), self.word(part, "filled_by")
            if kind not in tuple(FieldKind):
                self.say(part, "kind", f"must be one of {', '.join(FieldKind)}")
                continue
            if filled_by not in tuple(FilledBy):
                self.say(part, "filled_by", f"must be one of {', '.join(FilledBy)}")
                continue
            options = tuple(
                {"code": self.text(one, "code"), "name": self.texts(one, "name")}
                for one in self.mappings(part, "options", may_lack=True)
            )
            self.once(part, "options", [str(option["code"]) for option in options])
            if bool(options) is not (FieldKind(kind) is FieldKind.CHOICE):
                self.say(part, "options", "belong to a choice, which needs them")
            fields.append(
                PlannedField(
                    code=self.short(part, "code", LONGEST_CODE),
                    kind=FieldKind(kind),
                    label=self.texts(part, "label"),
                    filled_by=FilledBy(filled_by),
                    may_identify=self.read_yes_no(part, "may_identify", usual=True),
                    options=options,
                )
            )
        self.once(document, "profile", [one.code for one in fields])
        return tuple(fields)

    def read_conflicts(self, document: Any) -> dict[str, Any]:
        """Whether experts are asked about conflicts of interest; a language may keep Rondo's words."""
        part = self.mapping(document, "conflicts", may_lack=True)
        if not part:
            return {}
        self.only(part, ("asked", "version", "text"))
        own = self.mapping(part, "text", may_lack=True)
        return {
            "asked": self.read_yes_no(part, "asked", usual=False),
            "version": self.short(part, "version", LONGEST_VERSION),
            "text": {str(language): str(text).strip() for language, text in own.items()},
        }

    def read_mails(self, document: Any) -> dict[tuple[str, str], Wording]:
        """What the study writes in words of its own."""
        mails = {}
        messages = self.mapping(document, "mails", may_lack=True)
        self.only(messages, MESSAGES)
        for message in MESSAGES:
            by_language = self.mapping(messages, message, may_lack=True)
            self.only(by_language, self.languages)
            for language in self.languages:
                part = self.mapping(by_language, language, may_lack=True)
                if not part:
                    continue
                self.only(part, ("subject", "body"))
                wording = Wording(self.text(part, "subject"), self.text(part, "body"))
                for problem in mail_texts.problems(message, wording):
                    self.say(by_language, language, f"of “{message}”: {problem}")
                mails[(message, language)] = wording
        return mails

    def read_reminders(self, part: Any) -> Reminders | None:
        """When experts are reminded."""
        plan = _plain(self.mapping(part, "reminders", may_lack=True))
        if not plan:
            return None
        try:
            return Reminders(**plan)
        except (TypeError, ValueError) as error:
            self.say(part, "reminders", f"cannot be read: {error}")
            return None

    def read_layout(self, part: Any, usual: RoundLayout) -> RoundLayout:
        layout = part.get("layout", usual)
        if layout not in tuple(RoundLayout):
            self.say(part, "layout", f"must be one of {', '.join(RoundLayout)}")
            return usual
        return RoundLayout(layout)

    def read_items(
        self,
        part: Any,
        themes: set[str],
        groups: Mapping[str, Texts],
        asked: Mapping[str, PlannedItem],
    ) -> tuple[PlannedItem, ...]:
        """The items of a round. asked : those of earlier rounds, as they stood last."""
        items = []
        before: dict[str, Tells] = {}
        for entry in self.mappings(part, "items", may_lack=True):
            item = (
                self.read_again(entry, asked)
                if self.read_yes_no(entry, "again", usual=False)
                else self.read_item(entry, themes)
            )
            if item is None:
                continue
            if "made" in entry:
                item = replace(item, made=self.read_made(entry, asked))
            live = part.get("mode") == RoundMode.REAL_TIME
            around = Surroundings(dict(before), groups, live)
            items.append(replace(item, ask_if=self.read_condition(entry, item.code, around)))
            # Settings that do not fit have been told already.
            with suppress(ValueError):
                kind = load_kind(item.kind, item.settings)
                before |= {item.code: kind.tells()} if kind.asks else {}
        return tuple(items)

    def read_condition(self, part: Any, code: str, around: Surroundings) -> dict[str, Any] | None:
        """Of whom an item is asked; None for everyone."""
        if "ask_if" not in part:
            return None
        try:
            condition = asking.read(_plain(part["ask_if"]))
        except ValueError as error:
            self.say(part, "ask_if", f"{code}: {error}")
            return None
        for fault in condition.faults(around):
            self.say(part, "ask_if", f"{code}: {fault.sentence('en')}")
        return condition.to_json()

    def read_order(self, part: Any, themes: set[str], usual: ItemOrder | None) -> ItemOrder | None:
        """Random order within all sections or some, or None for the order of the file."""
        order = _plain(part.get("order"))
        if order is None:
            return usual
        if order == "listed":
            return None
        if order == "random":
            return ItemOrder()
        if not isinstance(order, Mapping) or not set(order) <= {"random", "seed"}:
            self.say(part, "order", "must be listed, random, or {random: [themes], seed: number}")
            return usual
        sections = order.get("random", "all")
        if isinstance(sections, str):
            sections = None if sections == "all" else (sections,)
        try:
            made = ItemOrder(sections, order.get("seed", 1))
        except (ValueError, TypeError) as error:
            self.say(part, "order", f"cannot be read: {error}")
            return usual
        if strange := sorted(set(made.sections or ()) - themes):
            self.say(part, "order", f"names what is not among the themes: {', '.join(strange)}")
        return made

    def read_expertise(self, part: Any, usual: AskedAbout) -> AskedAbout:
        asked = part.get("expertise", usual)
        if asked not in tuple(AskedAbout):
            self.say(part, "expertise", f"must be one of {', '.join(AskedAbout)}")
            return usual
        return AskedAbout(asked)

    def read_mode(self, part: Any, kind: RoundKind) -> RoundMode:
        mode = part.get("mode", RoundMode.CLASSICAL)
        if mode not in tuple(RoundMode):
            self.say(part, "mode", f"must be one of {', '.join(RoundMode)}")
            return RoundMode.CLASSICAL
        if mode == RoundMode.REAL_TIME and kind is not RoundKind.RATING:
            self.say(part, "mode", "can be real_time in a rating round only")
        return RoundMode(mode)

    def read_again(self, part: Any, asked: Mapping[str, PlannedItem]) -> PlannedItem | None:
        """An item that an earlier round has asked; what is not said is as it was there."""
        self.only(part, AGAIN_KEYS)
        code = self.text(part, "code")
        before = asked.get(code)
        if before is None:
            if code:
                self.say(part, "code", f"“{code[:40]}” comes again, and no earlier round asks it")
            return None
        item = replace(before, again=True, reworded=None, reasons=None, ask_if=None)
        item = replace(item, comments=self.read_yes_no(part, "comments", usual=before.comments))
        if "settings" in part:
            settings, evidence = self.read_item_settings(part, code, before.kind)
            item = replace(item, settings=settings, evidence=evidence)
        if "wording" not in part:
            for key in ("help", "reasons", "meaning"):
                if key in part:
                    self.say(part, key, "may only be said with a new wording")
            return item
        meaning = self.word(part, "meaning")
        if meaning not in tuple(Meaning):
            self.say(part, "meaning", f"must be one of {', '.join(Meaning)}: {code} is reworded")
            return item
        reasons = self.mapping(part, "reasons", may_lack=True)
        return replace(
            item,
            wording=self.texts(part, "wording"),
            help=self.read_help(part) if "help" in part else before.help,
            reworded=Meaning(meaning),
            reasons={str(lang): str(text).strip() for lang, text in reasons.items()},
        )

    def read_made(self, entry: Any, asked: Mapping[str, PlannedItem]) -> Made | None:
        """Of which items one was made. asked : those of earlier rounds."""
        part = self.mapping(entry, "made")
        self.only(part, ("by", "of", "reasons"))
        by = self.word(part, "by")
        if by not in tuple(Descent):
            self.say(part, "by", f"must be one of {', '.join(Descent)}")
            return None
        of = tuple(str(code) for code in self.sequence(part, "of"))
        strange = [code[:40] for code in of if code not in asked]
        if strange or not of or len(set(of)) != len(of):
            named = f", not {', '.join(strange)}" if strange else ""
            self.say(part, "of", f"must list items that earlier rounds ask, each once{named}")
            return None
        reasons = self.mapping(part, "reasons", may_lack=True)
        return Made(
            Descent(by), of, {str(lang): str(text).strip() for lang, text in reasons.items()}
        )

    def read_help(self, part: Any) -> Texts | None:
        """What stands below a wording; an empty group of texts says that nothing does."""
        return None if part.get("help") in (None, {}) else self.texts(part, "help")

    def read_item(self, part: Any, themes: set[str]) -> PlannedItem | None:
        self.only(part, ITEM_KEYS)
        code = self.code(part, ITEM_CODE)
        theme = self.word(part, "theme")
        if theme is not None and theme not in themes:
            self.say(part, "theme", f"“{theme}” is not among the themes")
        aspect = self.word(part, "aspect")
        if aspect is not None and aspect not in tuple(Aspect):
            self.say(part, "aspect", f"must be one of {', '.join(Aspect)}")
            aspect = None
        kind = self.word(part, "kind") or ""
        if kind not in KINDS:
            self.say(part, "kind", f"must be one of {', '.join(KINDS)}")
            return None
        settings, evidence = self.read_item_settings(part, code, kind)
        return PlannedItem(
            code=code,
            theme=theme,
            kind=kind,
            settings=settings,
            aspect=Aspect(aspect) if aspect else None,
            wording=self.texts(part, "wording"),
            help=self.read_help(part),
            basis=self.short(part, "basis", LONGEST_BASIS) if part.get("basis") else "",
            note=str(part.get("note", "")).strip(),
            evidence=evidence,
            comments=self.read_yes_no(part, "comments", usual=True),
        )

    def read_item_settings(
        self, part: Any, code: str, kind: str
    ) -> tuple[dict[str, Any], tuple[Evidence, ...]]:
        """The settings of an item, in full however short the file says them, and its evidence."""
        own = _plain(self.mapping(part, "settings", may_lack=True))
        evidence = self.read_evidence(part, code, own.pop("evidence", None))
        settings = {**self.scale, **own} if KINDS[kind].uses_scale else own
        try:
            # A scale that cannot be read is said once, not again for every statement.
            if self.scale or not KINDS[kind].uses_scale:
                bound = load_kind(kind, settings)
                self.read_texts(part, code, own, bound)
                settings = bound.to_json()
        except ValueError as error:
            self.say(part, "kind", f"{code}: {error}")
        return settings, evidence

    def read_evidence(self, part: Any, code: str, stored: Any) -> tuple[Evidence, ...]:
        """What an item rests on; files are looked up beside the study file."""
        try:
            entries = [self.with_file(entry) for entry in stored] if is_list(stored) else stored
            found = load_evidence(entries)
        except ValueError as error:
            self.say(part, "settings", f"{code}: {error}")
            return ()
        for place, one in enumerate(found, start=1):
            for name, texts in one.texts().items():
                absent = self.absent_from(texts)
                if absent:
                    said = f"{code}: {name} of evidence {place} has no text in {', '.join(absent)}"
                    self.say(part, "settings", said)
        return found

    def with_file(self, entry: Any) -> Any:
        """An entry whose file is described by what it holds. Raises ValueError."""
        if not isinstance(entry, Mapping) or not entry.get("file"):
            return entry
        name = str(entry["file"])
        if self.beside is None:
            raise ValueError(f"“{name}” cannot be found: a file needs a study in a folder")
        if name in (".", "..") or Path(name).name != name or "\\" in name:
            raise ValueError(f"“{name}” must be the name of a file beside the study file")
        content = self.beside.content(name)
        try:
            described = uploading.describe(content, name)
        except UnfitFile as unfit:
            raise ValueError(f"“{name}”: {unfit}") from None
        self.files[name] = content
        return {**entry, "file": described.to_json()}

    def read_texts(self, part: Any, code: str, own: Mapping[str, Any], kind: ItemKind) -> None:
        """Insist on every text of an item's settings in every language of the study."""
        for place, texts in kind.texts().items():
            # What the study's scale lacks is said once, where the scale stands.
            if place.partition(" ")[0] in set(self.scale) - set(own):
                continue
            absent = self.absent_from(texts)
            if absent:
                self.say(part, "settings", f"{code}: {place} has no text in {', '.join(absent)}")

    # --- small readers that note what is wrong and go on

    def say(self, part: Any, key: Any, problem: str) -> None:
        line = 1
        if hasattr(part, "lc"):
            try:
                line = part.lc.key(key)[0] + 1
            except (KeyError, TypeError, AttributeError):
                line = part.lc.line + 1
        self.problems.append((line, f"{key} {problem}"))

    def mapping(self, part: Any, key: str, *, may_lack: bool = False) -> Mapping[Any, Any]:
        value = part.get(key)
        if isinstance(value, Mapping):
            return value
        if value is not None or not may_lack:
            self.say(part, key, "must be a group of keys and values")
        return {}

    def sequence(self, part: Any, key: str) -> Sequence[Any]:
        value = part.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        self.say(part, key, "must be a list")
        return ()

    def mappings(self, part: Any, key: str, *, may_lack: bool = False) -> list[Any]:
        if may_lack and part.get(key) is None:
            return []
        entries = self.sequence(part, key)
        wrong = [entry for entry in entries if not isinstance(entry, Mapping)]
        if wrong:
            self.say(part, key, f"holds “{wrong[0]}”, where keys and values are needed")
        return [entry for entry in entries if isinstance(entry, Mapping)]

    def only(self, part: Any, known: Collection[str]) -> None:
        """A misspelt key would be passed over in silence, and what it says with it."""
        for key in part:
            if key not in known:
                self.say(part, key, f"is not known here; there is {', '.join(known)}")

    def read_yes_no(self, part: Any, key: str, *, usual: bool) -> bool:
        """Whether something holds; true and false are the words of YAML for it."""
        value = part.get(key, usual)
        if isinstance(value, bool):
            return value
        self.say(part, key, "must be true or false")
        return usual

    def word(self, part: Any, key: str) -> str | None:
        """One word, or nothing; a list or a group of keys is neither."""
        value = part.get(key)
        if value is None or isinstance(value, str | int | float):
            return None if value is None else str(value)
        self.say(part, key, "must be one word")
        return None

    def code(self, part: Any, pattern: re.Pattern[str]) -> str:
        """A code: it names columns in files, so it is short and plain."""
        code = self.text(part, "code")
        if code and not pattern.fullmatch(code):
            self.say(
                part,
                "code",
                f"“{code[:40]}” must be a letter, then up to 23 letters, digits, - or _",
            )
        return code

    def text(self, part: Any, key: str) -> str:
        value = part.get(key) if part else None
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()
        self.say(part, key, "must be a text")
        return ""

    def short(self, part: Any, key: str, most: int) -> str:
        """A text that has no more room where it is kept."""
        text = self.text(part, key)
        if len(text) > most:
            self.say(part, key, f"has {len(text)} characters; at most {most} are allowed")
        return text

    def texts(self, part: Any, key: Any) -> Texts:
        """A text per language; every language of the study must be there."""
        value = part.get(key) if part else None
        if isinstance(value, str):
            return dict.fromkeys(self.languages, value.strip())
        if not isinstance(value, Mapping):
            self.say(part, key, f"must be a text in {', '.join(self.languages)}")
            return {}
        absent = self.absent_from(value)
        if absent:
            self.say(part, key, f"has no text in {', '.join(absent)}")
        return {str(lang): str(text).strip() for lang, text in value.items()}

    def absent_from(self, texts: Mapping[Any, Any]) -> list[str]:
        """The study's languages in which there is no text; a draft may lack any."""
        if self.draft:
            return []
        return [lang for lang in self.languages if not str(texts.get(lang) or "").strip()]

    def once(self, part: Any, key: str, codes: Sequence[str]) -> None:
        # Files write codes in small letters, so S1 and s1 would be one column.
        small = [code.lower() for code in codes]
        twice = sorted({code for code in codes if code and small.count(code.lower()) > 1})
        if twice:
            self.say(part, key, f"use a code more than once: {', '.join(twice)}")


def is_list(value: Any) -> bool:
    """Whether a value is a list; a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _whole(value: Any) -> int:
    """A whole number, however the file writes it. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _plain(value: Any) -> Any:
    """The same content in plain types, without the reader's line numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool) or value is None:
        return value
    return (
        value
        if isinstance(value, int)
        else (float(value) if isinstance(value, float) else str(value))
    )
