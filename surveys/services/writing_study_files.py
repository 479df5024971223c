"""Write the whole design of a study as one study file, from which the same study can be made again.

What is design: texts, groups, themes, scale, rules, rounds with their items, evidence. What is not: the
panel, answers, results, moments. A round that was launched is written as it was shown. The format is
documented in docs/study-files.md; ``study_files`` reads it.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any

from sqlalchemy import select

from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.delphi.reminding import Reminders
from surveys.delphi.scale import Scale
from surveys.delphi.stored import load_as
from surveys.items import KINDS, load_kind
from surveys.mail.wording import MESSAGES
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemDescent, ItemRevision, Meaning
from surveys.models.mail import ReminderPlan
from surveys.models.panel import StakeholderGroup
from surveys.models.profile import ProfileField
from surveys.models.round import Round, RoundItem, RoundLayout, RoundMode
from surveys.models.study import Study, Theme
from surveys.queries.designs import placed_in
from surveys.services import mail_texts
from surveys.services.protocol_words import words_of
from surveys.services.study_files import FORMAT, LANGUAGES, STUDY_FILE, VERDICT_WORDS
from surveys.services.uploading import UploadStore

# In the order in which the manual explains them; a study's own ones follow by the alphabet.
SETTINGS = (
    "controller",
    "ethics_approval",
    "legal_basis",
    "contact_name",
    "contact_email",
    "retention",
)
SOURCE = ("citation", "doi")
HEAD = """\
# A Delphi study, written by Rondo: everything its experts are asked, and every rule by which it is judged.
# It holds no answers and no people. Made into a study again, it gives the same one. docs/study-files.md
# explains every part; what stands behind a # is for people.
"""
# What a reader may want to know before a part.
SAID = {
    "draft": "Some texts still lack a language; a study is whole once this line can be left out.",
    "settings": "What the research team fills in; what stands between square brackets is still open.",
    "scale": "On what statements are rated.",
    "protocol": "The rules, fixed at the first launch.",
    "verdicts": "How this study words what the panel arrived at.",
    "profile": "What the study wants to know of each expert.",
    "mails": "What it writes in words of its own; all else is written in Rondo's.",
}
# A zip made twice of one study is the same file twice.
NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Packed:
    """A study as a file to keep: the study file, or a zip of it and what its evidence names."""

    name: str
    type: str
    content: bytes


def written(session: AnySession, study: Study) -> str:
    """The whole design of a study as the text of a study file.

    A study that has pictures or PDFs names them; ``packed`` brings them along.
    """
    return _text_of(_Writer(session, study).document())


def packed(session: AnySession, study: Study, uploads: UploadStore) -> Packed:
    """The study file, in a zip with the files of its evidence where there are any.

    Raises OSError when such a file cannot be read.
    """
    writer = _Writer(session, study)
    text = _text_of(writer.document()).encode()
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", _code_of(study)).strip("-") or "study"
    if not writer.files:
        return Packed(f"{name}.yaml", "application/yaml", text)
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry(STUDY_FILE), text)
        for (digest, _name), beside in writer.files.items():
            archive.writestr(_entry(beside), uploads.path(digest).read_bytes())
    return Packed(f"{name}.zip", "application/zip", into.getvalue())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _code_of(study: Study) -> str:
    """The short name of a study in files."""
    return str(study.source.get("file") or "study")


@dataclass
class _Written:
    """One item as the file says it last."""

    revision: ItemRevision
    settings: dict[str, Any]
    comments: bool


@dataclass
class _Writer:
    """Gathers a study part by part, and notes which languages lack a text on the way."""

    session: AnySession
    study: Study
    whole: bool = True
    # The files of its evidence, by what they hold and are called: their names beside the study file.
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    last: dict[int, _Written] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The parts of the file, in the order in which they are read best."""
        study = self.study
        about = {k: str(v) for k, v in study.source.items() if k not in ("file", "version")}
        parts = {
            "languages": list(study.languages),
            "title": self.texts(study.title),
            "summary": self.texts(study.summary),
            "source": _in_order(about, SOURCE),
            "settings": {
                name: self.texts(value) if isinstance(value, Mapping) else str(value)
                for name, value in _in_order(study.settings, SETTINGS).items()
            },
            "consent": {
                "version": str(study.consent.get("version", "1")),
                "text": self.texts(study.consent.get("text", {})),
                "statement": self.texts(study.consent.get("statement", {})),
                "naming": bool(study.consent.get("naming", True)),
            },
            "groups": [
                {"code": group.code, "name": self.texts(group.name)} for group in self.groups()
            ],
            "themes": [self.theme(theme) for theme in self.themes()],
            "scale": self.scale(),
            "protocol": self.protocol(),
            "verdicts": {word: self.texts(study.verdicts.get(word, {})) for word in VERDICT_WORDS},
            **self.profile(),
            **self.conflicts(),
            **self.mails(),
            **self.reminders(None),
            "rounds": [self.round(round_) for round_ in self.rounds()],
        }
        head = {
            "rondo": FORMAT,
            "code": _code_of(study),
            "version": str(study.source.get("version") or "1"),
        }
        return {**head, **({} if self.whole else {"draft": True}), **parts}

    # --- rows, in their order

    def groups(self) -> Sequence[StakeholderGroup]:
        wanted = select(StakeholderGroup).where(StakeholderGroup.study_id == self.study.id)
        return self.session.scalars(wanted.order_by(StakeholderGroup.position)).all()

    def themes(self) -> Sequence[Theme]:
        wanted = select(Theme).where(Theme.study_id == self.study.id)
        return self.session.scalars(wanted.order_by(Theme.position)).all()

    def rounds(self) -> Sequence[Round]:
        wanted = select(Round).where(Round.study_id == self.study.id)
        return self.session.scalars(wanted.order_by(Round.number)).all()

    # --- one part of the file each

    def theme(self, theme: Theme) -> dict[str, Any]:
        described = {"description": self.texts(theme.description)} if theme.description else {}
        return {"code": theme.code, "title": self.texts(theme.title), **described}

    def scale(self) -> dict[str, Any]:
        stored = self.study.scale
        scale = Scale.from_json(stored["scale"])
        labels = _by_language(stored.get("labels") or {}, self.study.languages)
        for language in self.study.languages:
            self.note(all(str(labels.get(language, {}).get(str(p), "")).strip() for p in scale))
        return {
            "low": scale.low,
            "high": scale.high,
            "labels": {
                language: dict(sorted(names.items(), key=lambda named: _point(named[0])))
                for language, names in labels.items()
            },
            "bands": {band.value: list(points) for band, points in scale.bands.items()},
            "unable": self.texts(stored["unable"]) if stored.get("unable") else {},
        }

    def protocol(self) -> dict[str, Any]:
        """The rules, and what is planned with them. Groups are written into them at the lock."""
        words = words_of(Protocol.from_json(self.study.protocol))
        if self.study.planned_experts:
            words["planned_experts"] = self.study.planned_experts
        if self.study.rule_chosen_at is None:
            words["chosen"] = False
        return words

    def round(self, round_: Round) -> dict[str, Any]:
        about: dict[str, Any] = {
            "number": round_.number,
            "kind": round_.kind.value,
            "title": self.texts(round_.title),
            "introduction": self.texts(round_.introduction),
        }
        if round_.layout is not RoundLayout.PAGE:
            about["layout"] = round_.layout.value
        if round_.item_order:
            order = ItemOrder.from_json(round_.item_order)
            sections = "all" if order.sections is None else list(order.sections)
            about["order"] = {"random": sections, "seed": order.seed}
        if round_.expertise.value != "nothing":
            about["expertise"] = round_.expertise.value
        if round_.mode is not RoundMode.CLASSICAL:
            about["mode"] = round_.mode.value
        about |= self.reminders(round_)
        items = [self.item(*row) for row in placed_in(self.session, round_)]
        return {**about, **({"items": items} if items else {})}

    def profile(self) -> dict[str, Any]:
        """What the study wants to know of each expert, where there is anything."""
        wanted = select(ProfileField).where(ProfileField.study_id == self.study.id)
        fields = []
        for row in self.session.scalars(wanted.order_by(ProfileField.position)):
            said = {"code": row.code, "kind": row.kind.value, "label": self.texts(row.label)}
            if row.options:
                said["options"] = [
                    {"code": option["code"], "name": self.texts(option["name"])}
                    for option in row.options
                ]
            said |= {"filled_by": row.filled_by.value, "may_identify": row.may_identify}
            fields.append(said)
        return {"profile": fields} if fields else {}

    def conflicts(self) -> dict[str, Any]:
        """Whether experts are asked about conflicts of interest, and in which words."""
        stored = self.study.conflicts
        if not stored:
            return {}
        said = {"asked": bool(stored["asked"]), "version": str(stored["version"])}
        text = _by_language(stored.get("text") or {}, self.study.languages)
        return {"conflicts": {**said, "text": text}}

    def mails(self) -> dict[str, Any]:
        """What the study writes in words of its own."""
        worded = mail_texts.worded(self.session, self.study)
        said: dict[str, Any] = {}
        for message in MESSAGES:
            for language in self.study.languages:
                if (message, language) in worded:
                    own = mail_texts.in_use(self.session, self.study, message, language).wording
                    texts = {"subject": own.subject, "body": own.body}
                    said.setdefault(message, {})[language] = texts
        return {"mails": said} if said else {}

    def reminders(self, round_: Round | None) -> dict[str, Any]:
        """When a round reminds by itself, or every round of the study."""
        of_round = ReminderPlan.round_id == (round_.id if round_ else None)
        row = self.session.scalar(
            select(ReminderPlan).where(ReminderPlan.study_id == self.study.id, of_round)
        )
        if row is None:
            return {}
        plan = load_as(Reminders, row.plan).to_json()
        return {"reminders": {name: value for name, value in plan.items() if name != "kind"}}

    def item(
        self, placed: RoundItem, item: Item, revision: ItemRevision, theme: Theme | None
    ) -> dict[str, Any]:
        """An item as it stands in a round: whole, or what is new of it since an earlier round."""
        settings = self.settings(placed)
        before = self.last.get(item.id)
        self.last[item.id] = _Written(revision, settings, placed.comments)
        if before is not None:
            return self.again(placed, item, revision, settings, before)
        said: dict[str, Any] = {"code": item.code}
        if theme:
            said["theme"] = theme.code
        said["kind"] = placed.kind
        if item.aspect:
            said["aspect"] = item.aspect.value
        said["wording"] = self.texts(revision.wording)
        if revision.help:
            said["help"] = self.texts(revision.help)
        if settings:
            said["settings"] = settings
        if placed.ask_if:
            said["ask_if"] = dict(placed.ask_if)
        if not placed.comments:
            said["comments"] = False
        said |= self.made(item)
        for name, value in (("basis", item.basis), ("note", item.note)):
            if value:
                said[name] = value
        return said

    def made(self, item: Item) -> dict[str, Any]:
        """Of which items of earlier rounds one was made, by splitting or merging them."""
        rows = self.session.execute(
            select(ItemDescent, Item.code)
            .join(RoundItem, RoundItem.id == ItemDescent.parent_id)
            .join(Item, Item.id == RoundItem.item_id)
            .where(ItemDescent.item_id == item.id)
            .order_by(ItemDescent.id)
        ).all()
        if not rows:
            return {}
        descent = rows[0][0]
        reasons = _by_language(descent.reasons, self.study.languages)
        of = [code for _descent, code in rows]
        return {"made": {"by": descent.act.value, "of": of, "reasons": reasons}}

    def again(
        self,
        placed: RoundItem,
        item: Item,
        revision: ItemRevision,
        settings: dict[str, Any],
        before: _Written,
    ) -> dict[str, Any]:
        """What is new of an item since the round that asked it last."""
        said: dict[str, Any] = {"code": item.code, "again": True}
        if revision.id != before.revision.id:
            kept = placed.previous_id is not None
            meaning = revision.meaning or (Meaning.KEPT if kept else Meaning.CHANGED)
            said["wording"] = self.texts(revision.wording)
            if (revision.help or None) != (before.revision.help or None):
                said["help"] = self.texts(revision.help) if revision.help else {}
            said["meaning"] = meaning.value
            if revision.reasons:
                said["reasons"] = _by_language(revision.reasons, self.study.languages)
        if settings != before.settings:
            said["settings"] = settings
        if placed.ask_if:
            said["ask_if"] = dict(placed.ask_if)
        if placed.comments is not before.comments:
            said["comments"] = placed.comments
        return said

    def settings(self, placed: RoundItem) -> dict[str, Any]:
        """What of an item's settings has to be said: all that neither the scale nor its kind says."""
        stored = load_kind(placed.kind, placed.settings).to_json()
        usual = self.study.scale if KINDS[placed.kind].uses_scale else {}
        own = {name: value for name, value in stored.items() if usual.get(name) != value}
        for name in list(own):
            fewer = {key: value for key, value in own.items() if key != name}
            try:
                if load_kind(placed.kind, {**usual, **fewer}).to_json() == stored:
                    own = fewer
            except ValueError:
                continue
        for texts in load_kind(placed.kind, {**usual, **own}).texts().values():
            self.note(all(texts.get(one, "").strip() for one in self.study.languages))
        said = {name: self.inside(value) for name, value in own.items()}
        if placed.evidence:
            said["evidence"] = [self.evidence(entry) for entry in placed.evidence]
        return said

    def evidence(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for name in ("title", "url", "text", "file", "alt", "source"):
            value = entry.get(name)
            if not value:
                continue
            if name == "file":
                said[name] = self.file(value)
            else:
                said[name] = self.inside(value)
                if isinstance(value, Mapping):
                    self.texts(value)
        return said

    def file(self, stored: Mapping[str, Any]) -> str:
        """Under which name a file lies beside the study file: its own, unless another one has it."""
        key = (str(stored["digest"]), str(stored["name"]))
        if key not in self.files:
            taken = {name.lower() for name in [*self.files.values(), STUDY_FILE]}
            own = PurePath(key[1])
            name, number = key[1], 2
            while name.lower() in taken:
                name, number = f"{own.stem}-{number}{own.suffix}", number + 1
            self.files[key] = name
        return self.files[key]

    # --- texts

    def note(self, whole: bool) -> None:
        """Remember that something lacks a language."""
        self.whole = self.whole and whole

    def texts(self, texts: Mapping[str, Any]) -> Any:
        """A text per language, those of the study first."""
        self.note(all(str(texts.get(one) or "").strip() for one in self.study.languages))
        return _by_language(texts, self.study.languages)

    def inside(self, value: Any) -> Any:
        """A setting with the texts in it in the order of the study's languages."""
        if isinstance(value, Mapping):
            ordered = (
                _by_language(value, self.study.languages)
                if value and set(value) <= set(LANGUAGES)
                else value
            )
            return _once({str(name): self.inside(part) for name, part in ordered.items()})
        if isinstance(value, list | tuple):
            return [self.inside(part) for part in value]
        return value


def _by_language(texts: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    return _in_order(texts, languages)


def _in_order(parts: Mapping[str, Any], first: Sequence[str]) -> dict[str, Any]:
    """The parts with the named ones first, the others by the alphabet."""
    named = [name for name in first if name in parts]
    return {name: parts[name] for name in [*named, *sorted(set(parts) - set(named))]}


def _once(texts: dict[str, Any]) -> Any:
    """One text where all languages of Rondo have the same, as a file says it in short."""
    values = list(texts.values())
    same = set(texts) == set(LANGUAGES) and isinstance(values[0], str) and len(set(values)) == 1
    return values[0] if same else texts


def _point(name: str) -> tuple[int, str]:
    return (int(name), "") if re.fullmatch(r"-?\d{1,9}", name) else (0, name)


# --- YAML

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"0|-?[1-9]\d{0,8}")
# What some readers of YAML take for something else than a word.
_NO_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_LISTED_ON_A_LINE = 100


def _text_of(document: Mapping[str, Any]) -> str:
    """The document in YAML: block style, a blank line before every part and every round."""
    lines = [HEAD.rstrip()]
    for name, value in document.items():
        if isinstance(value, Mapping | list) or name in SAID:
            lines.append("")
        if name in SAID:
            lines.append(f"# {SAID[name]}")
        lines += _named(name, value, "", apart=name == "rounds")
    return "\n".join(lines) + "\n"


def _named(name: str, value: Any, indent: str, *, apart: bool = False) -> Iterator[str]:
    """A key with its value. apart : whether its entries stand apart by a blank line."""
    key = f"{indent}{_key(name)}:"
    short = _on_a_line(value, indent)
    if short is not None:
        yield f"{key} {short}"
        return
    yield key
    inside = indent + "  "
    if isinstance(value, Mapping):
        for part, held in value.items():
            yield from _named(str(part), held, inside)
        return
    for place, entry in enumerate(value):
        if apart and place:
            yield ""
        yield from _entry_of(entry, inside)


def _entry_of(entry: Any, indent: str) -> Iterator[str]:
    """One entry of a list, behind its dash."""
    short = _on_a_line(entry, indent + "  ")
    if short is not None:
        yield f"{indent}- {short}"
        return
    if isinstance(entry, Mapping):
        lines = [
            line for part, held in entry.items() for line in _named(str(part), held, indent + "  ")
        ]
    else:
        lines = [line for held in entry for line in _entry_of(held, indent + "  ")]
    yield f"{indent}- {lines[0].removeprefix(indent + '  ')}"
    yield from lines[1:]


def _on_a_line(value: Any, indent: str) -> str | None:
    """A value that stands behind its key: a word, a text, a short list; None for what stands below."""
    if isinstance(value, Mapping):
        return None if value else "{}"
    if isinstance(value, list):
        if not all(isinstance(one, str | int | float | bool) for one in value):
            return None
        line = f"[{', '.join(_scalar(one) for one in value)}]"
        return line if len(line) <= _LISTED_ON_A_LINE or not value else None
    if isinstance(value, str) and "\n" in value and _may_stand_in_a_block(value):
        return "|-\n" + "\n".join(f"{indent}  {line}" if line else "" for line in value.split("\n"))
    return _scalar(value)


def _may_stand_in_a_block(text: str) -> bool:
    """Whether every sign of a text of several lines is kept when it stands as it is."""
    lines = text.split("\n")
    return (
        text == text.strip()
        and bool(lines[0])
        and all(line == line.rstrip() for line in lines)
        and all(sign == "\n" or _prints(sign) for sign in text)
    )


def _prints(sign: str) -> bool:
    return sign.isprintable() or sign == "\u00a0"


def _key(name: str) -> str:
    return name if _NUMBER.fullmatch(name) else _scalar(name)


def _scalar(value: Any) -> str:
    """A value on one line; a text between double quotes unless it is a plain word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if _prints(sign) else _escaped(sign) for sign in quoted)


def _escaped(sign: str) -> str:
    """A sign that does not print, as YAML writes it between double quotes."""
    number = ord(sign)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
