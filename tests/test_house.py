"""The rules of the house, executable: each failure says why the rule is there and what to do instead."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django.apps import apps
from django.db import models

import linli
from linli.commons.roles import ELEVATED_POWERS, RESIDENT_POWERS, ROLE_POWERS, SYSTEM_POWERS
from linli.kit.action import REGISTRY
from linli.kit.privacy import EncryptedTextField
from linli.law.load import load_pack, packs

ROOT = Path(linli.__file__).resolve().parent.parent
SOURCE = ROOT / "linli"
OURS = [model for model in apps.get_models() if model.__module__.startswith("linli.")]
CODE = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
AREAS = sorted(path for path in (SOURCE / "areas").iterdir() if (path / "__init__.py").exists())

UNLISTED = {
    "kit.Attachment": "handed out through its subject's own permission check",
    "kit.Attempt": "counts guesses; nobody reads it",
    "kit.ChainHead": "the chain's own book-keeping",
    "kit.Clock": "read through its subject",
    "kit.Done": "answers kept for a repeat of the same request",
    "kit.Entry": "read through its subject, or with commons.read_trail",
    "kit.Job": "the system's own book-keeping",
    "kit.Reference": "one random value; tells nothing",
    "commons.Session": "read by its own person, or by nobody",
    "commons.SecondFactor": "the secret of one person; nobody lists it",
    "commons.RecoveryCode": "keyed hashes of one person's codes; nobody lists them",
    "commons.PasswordReset": "keyed hashes of one-time codes; nobody lists them",
    "commons.User": "read through posts; never listed with other persons' data",
    "commons.Post": "read by its holder",
    "commons.ApiToken": "only its hash is kept; read by administrators of accounts",
    "commons.StatuteArticle": "public, read through its text",
}
"""Models without a path of visibility, and why nobody needs to list them."""

HELPERS = {
    "appeals.dispatch.hand_over",
    "appeals.dispatch.holding",
    "appeals.dispatch.recall_stopped",
    "appeals.dispatch.to_dispatch",
    "appeals.erase.erase_again",
    "appeals.erase.wipe",
    "appeals.intake.headline",
    "appeals.intake.keep_photos",
    "appeals.intake.outside",
    "appeals.intake.stored",
    "appeals.publish.publish_due",
    "duties.judging.judge_county",  # reads and compares first, then writes in batches that are actions
    "duties.judging.judge_due",
    "appeals.step.advance",
    "appeals.step.check_start",
    "appeals.step.contact_due",
    "appeals.step.handle_due",
    "appeals.step.limit_key",
    "appeals.step.start_clock",
    "appeals.step.start_first_clocks",
    "appeals.step.tell",
    "appeals.supervise.card_due",
    "appeals.supervise.give_up_due",
    "assembly.anchoring.carry_over",
    "assembly.anchoring.stand",
    "assembly.comments.checked",
    "assembly.comments.end_if_empty",
    "assembly.comments.store_comment",
    "assembly.drafts.close_due",
    "assembly.drafts.own",
    "assembly.drafts.ready_for",
    "assembly.drafts.step",
    "assembly.drafts.tell_points",
    "assembly.points.congress_of",
    "assembly.weigh.label_of",
    "duties.correct.addressee",
    "duties.correct.outcomes_for",
    "duties.erase.erase_reports_again",
    "duties.erase.wipe",
    "duties.silent.escalate_due",
    "duties.stepping.advance",
    "duties.stepping.at_desk",
    "duties.stepping.limit_for",
    "duties.stepping.safe_text",
    "duties.stepping.start_clock",
    "duties.stepping.tell",
    "mandates.admission.expire_due",
    "mandates.catalogue.sync_matters",
    "mandates.gate.assign",
    "mandates.gate.assignment_facts",
    "mandates.gate.end_assignment",
    "mandates.gate.own_duty",
    "mandates.gate.pass_gate",
    "mandates.gate.stop_by_ground",
    "mandates.grounds.shut_ground",
    "mandates.grounds.write_ground",
    "mandates.lists.admit_item",
    "mandates.lists.item_faults",
    "mandates.lists.open_admitted",
    "mandates.lists.start_of",
    "mandates.proofs.listed_proof",
}
"""Functions of the actions packages that are no actions: steps inside one, or jobs that call one per row."""

IMPORT = ("appeals.import_rows.", "appeals.imports.")
"""Modules that read a file row by row: what they hold are steps of the import action."""

OPERATIONAL = {
    # writes that no draft speaks of; their pages say 本草案无此条，按县设定
    "appeals.brief_written",
    "appeals.classified",
    "appeals.contacted",
    "appeals.declined",
    "appeals.erased",
    "appeals.erasure_asked",
    "appeals.erasure_refused",
    "appeals.extension_asked",
    "appeals.extension_decided",
    "appeals.helper_added",
    "appeals.identity_viewed",
    "appeals.import_completed",
    "appeals.imported",
    "appeals.import_started",
    "appeals.indices_published",
    "appeals.information_added",
    "appeals.order_replied",
    "appeals.recalled",
    "appeals.reopened",
    "appeals.resident_asked",
    "appeals.withdrawn",
    "assembly.anchor_moved",  # the article asks to hear people; how it is done is the congress's own affair
    "assembly.comment_hidden",
    "assembly.comment_shown",
    "assembly.comment_withdrawn",
    "assembly.comments_answered",
    "assembly.comments_grouped",
    "assembly.comments_ungrouped",
    "assembly.contact_erased",
    "assembly.contributor_viewed",
    "assembly.draft_closed",
    "assembly.draft_edited",
    "assembly.draft_extended",
    "assembly.draft_prepared",
    "assembly.draft_reopened",
    "assembly.draft_revised",
    "assembly.people_invited",
    "assembly.point_changed",
    "assembly.point_ended",
    "commons.day_cleared",
    "commons.day_set",
    "duties.attestation_withdrawn",  # both rest on the article of the duty in question, never on one of their own
    "duties.attested",
    "duties.calendar_shared",
    "duties.calendar_stopped",
    "duties.judged",  # arithmetic over many articles; each finding names its own
    "duties.correction_answered",  # what follows from an order rests on the article that names the corrector
    "duties.correction_confirmed",
    "duties.correction_failed",
    "duties.correction_lapsed",
    "duties.ladder_ended",
    "duties.erasure_asked",
    "duties.erasure_refused",
    "duties.report_erased",
    "duties.report_supplemented",
    "duties.report_withdrawn",
    "duties.reporter_viewed",
    "duties.tolerance_withdrawn",
    "commons.limit_set",
    "mandates.assigned",
    "mandates.ground_renewed",
    "mandates.item_added",
    "mandates.item_dropped",
    "mandates.items_imported",
    "mandates.list_edited",
    "mandates.proof_asked",
    "mandates.task_finished",
    "mandates.task_returned",
    "mandates.task_stopped",
}

COUNTED = {
    "linli/commons/pages/settings_accounts.py": (
        "<int:id>",
        "a post has no code; administrators only, within its body",
    ),
}
"""Addresses that count rows nevertheless, and why."""

FACES = {
    "__init__",
    "apps",
    "flow",
    "rules",
    "models",
    "queries",
    "actions",
    "pages",
    "api",
    "templates",
    "static",
    "migrations",
    "locale",
}
"""What may stand in the folder of an area."""

SLIPS = re.compile(
    r"/(?:home|root|Users)/[a-z]|/work/(?:main|shared|\.library)|C:\\\\Users|artifactory|/simple/?\"|pkgs\.dev|npmmirror|tuna\.tsinghua"
)
MARKS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XXX|HA" + r"CK)\b")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def here(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what is tracked cannot be told")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def modules(prefix: str) -> Iterator[Any]:
    package = import_module(prefix)
    yield package
    for found in walk_packages(getattr(package, "__path__", []), f"{prefix}."):
        if ".migrations" not in found.name:
            yield import_module(found.name)


def strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def action_functions() -> dict[str, Any]:
    """Public functions of the areas' actions and of the commons' modules that hold actions, by short name."""
    found = {}
    for area in AREAS:
        for module in modules(f"linli.areas.{area.name}.actions"):
            for name, value in vars(module).items():
                if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                    found[f"{area.name}.{module.__name__.rsplit('.', 1)[-1]}.{name}"] = value
    return found


# ---------------------------------------------------------------- data


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_field_says_how_private_it_is(model: type[models.Model]) -> None:
    labels = getattr(model, "LABELS", None)
    assert labels is not None, (
        f"{model.__name__} has no LABELS: nobody can tell what may be published. Add label(L1=…, L2=…)."
    )
    fields = {field.name for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)}
    fields -= set(getattr(model, "SECRETS", ()))
    assert fields - set(labels) == set(), "Fields without a level (trust.md): give each one in LABELS."
    assert set(labels) - fields == set(), "LABELS name fields that are gone: take them out."
    for field in model._meta.concrete_fields:
        kept = isinstance(field, EncryptedTextField)
        level = labels.get(field.name)
        assert (level == "L4") == kept, (
            f"{field.name}: L4 rests encrypted, and only L4. Use EncryptedTextField, or another level."
        )


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_table_declares_who_sees_it(model: type[models.Model]) -> None:
    declared = hasattr(model, "VISIBLE")
    listed = model._meta.label in UNLISTED
    assert declared or listed, (
        "A model without VISIBLE is seen by nobody: declare the path, or name it in UNLISTED with the reason."
    )
    assert not (declared and listed), "It declares VISIBLE now: take it out of UNLISTED."


def test_the_list_of_unlisted_models_is_true() -> None:
    known = {model._meta.label for model in OURS}
    assert UNLISTED.keys() - known == set(), "These models are gone: take them out of UNLISTED."


# ---------------------------------------------------------------- actions, powers, verbs


def test_every_write_is_an_action() -> None:
    for name, function in action_functions().items():
        if hasattr(function, "power") or name.startswith(IMPORT):
            continue
        assert name in HELPERS, (
            f"{name} is public but no action: decorate it with @action so that power and trail are checked, or, if it is a"
            " step inside an action, name it in HELPERS."
        )
    assert HELPERS - action_functions().keys() == set(), "These helpers are gone: take them out of HELPERS."


def test_actions_are_keyword_only_with_an_actor_first() -> None:
    for module in modules("linli"):
        assert module
    assert len(REGISTRY) > 40
    for name, function in REGISTRY.items():
        if not name.startswith("linli."):
            continue  # actions of the tests
        given = list(inspect.signature(function).parameters.values())
        assert given[0].name == "by", f"{name}: the first argument is the actor, `by`."
        # `**terms` is what several actions share, typed name by name with Unpack; mypy holds its callers to it.
        named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
        assert all(one.kind in named for one in given), f"{name}: put `*,` first; a call must read as a sentence."
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name.rsplit(".", 1)[-1])


def powers_used() -> dict[str, str]:
    used: dict[str, str] = {}
    known = {word.split(".")[0] for powers in ROLE_POWERS.values() for word in powers}
    shape = re.compile(rf"(?:{'|'.join(sorted(known))})\.[a-z_]+")
    verbs = verbs_recorded()
    limits = import_module("linli.commons.settings").KEYS
    for path in CODE:
        if path.name == "roles.py":
            continue
        for word in strings(ast.parse(text(path))):
            if shape.fullmatch(word) and word not in verbs:
                used.setdefault(word, here(path))
    return {word: path for word, path in used.items() if word not in limits or word in GRANTED}


GRANTED = frozenset().union(*ROLE_POWERS.values(), *ELEVATED_POWERS.values(), RESIDENT_POWERS, SYSTEM_POWERS)


def test_every_power_of_an_action_or_page_is_granted_to_somebody() -> None:
    asked = {str(vars(function)["power"]): name for name, function in REGISTRY.items() if name.startswith("linli.")}
    for module in modules("linli"):
        for value in vars(module).values():
            for power in getattr(value, "powers", ()) if inspect.isfunction(value) else ():
                asked.setdefault(power, module.__name__)
    missing = {power: where for power, where in asked.items() if power not in GRANTED}
    assert missing == {}, "Nobody holds these powers, so nobody can do this: grant them in commons/roles.py."


def test_every_power_granted_is_asked_for_somewhere() -> None:
    unused = GRANTED - powers_used().keys()
    flow_only = {step.power for name in ("appeals", "mandates") for step in _moves(name)}
    assert unused - flow_only == set(), "These powers open nothing: use them, or take them out of commons/roles.py."


def _moves(area: str) -> Iterator[Any]:
    for value in vars(import_module(f"linli.areas.{area}.flow")).values():
        if type(value).__name__ == "Flow":
            yield from value


def verbs_recorded() -> set[str]:
    """Verbs that code gives to the trail: literal ones, those of a VERBS table, and defaults of a `verb` argument."""
    found: set[str] = set()
    for path in CODE:
        if "pages" in path.parts or path.name == "queries.py":
            continue  # these look verbs up
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("trail.record", "record"):
                for argument in [*node.args[:1], *(word.value for word in node.keywords if word.arg == "verb")]:
                    found.update(word for word in strings(argument) if "." in word)
            if isinstance(node, ast.Call):
                found.update(
                    w
                    for k in node.keywords
                    if k.arg == "verb"
                    for w in strings(k.value)
                    if re.fullmatch(r"[a-z]+\.[a-z_]+", w)
                )
            targets = [ast.unparse(one) for one in node.targets] if isinstance(node, ast.Assign) else []
            if "VERBS" in targets or "verb" in targets:
                assert isinstance(node, ast.Assign)
                found.update(word for word in strings(node.value) if re.fullmatch(r"[a-z]+\.[a-z_]+", word))
            if isinstance(node, ast.arguments):
                names = [one.arg for one in node.kwonlyargs]
                for name, default in zip(names, node.kw_defaults, strict=True):
                    if name == "verb" and default is not None:
                        found.update(word for word in strings(default) if word)
    return found


def test_every_verb_of_the_trail_has_words() -> None:
    bare = {verb for verb in verbs_recorded() if verb not in import_module("linli.site.where").WHERE}
    assert bare == set(), "The trail shows these as they are: give each words and a page in site/where.py."


def verbs_of_packs() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in packs():
        pack = load_pack(name)
        for verb in [*pack.actions, *(verb for duty in pack.duties for verb in duty.verbs)]:
            if not verb.startswith("gate."):
                found.setdefault(verb, name)
    return found


BUILT = (*(f"{area.name}." for area in AREAS), "commons.")


def test_every_verb_of_a_pack_is_really_recorded() -> None:
    recorded = verbs_recorded() | {f"{area.name}.refused" for area in AREAS}  # what the action decorator writes itself
    dead = {verb: pack for verb, pack in verbs_of_packs().items() if verb.startswith(BUILT) and verb not in recorded}
    assert dead == {}, (
        "No action writes these verbs, so their duties could never be evidenced: record them, or correct the pack."
    )


def test_every_verb_recorded_rests_on_a_pack_or_is_operational() -> None:
    known = verbs_of_packs().keys() | OPERATIONAL
    unknown = {verb for verb in verbs_recorded() if verb not in known and not verb.startswith("commons.")}
    assert unknown == set(), (
        "Give these verbs their articles in a pack's [[action]] table, or name them in OPERATIONAL."
    )


IRREGULAR = {
    "written",
    "told",
    "reset",
    "sent",
    "set",
    "begun",
    "given",
    "taken",
    "shown",
    "read",
    "kept",
    "met",
    "withdrawn",
    "redone",
    "called_back",
    "hidden",
    "made",
    "point_set_up",
    "set_up",
}


def test_verbs_are_area_dot_past_tense() -> None:
    for verb in verbs_recorded() | OPERATIONAL:
        area, _, word = verb.partition(".")
        assert area in {"commons", *(folder.name for folder in AREAS)}, f"{verb}: begin with the area."
        last = word.rsplit("_", 1)[-1]
        assert last.endswith("ed") or last in IRREGULAR or word in IRREGULAR, (
            f"{verb}: say what has happened, in the past tense."
        )


# ---------------------------------------------------------------- files and code


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.name)
def test_an_area_shows_the_same_face(area: Path) -> None:
    found = {path.stem for path in area.iterdir() if not path.name.startswith(("__pycache__", "."))}
    assert found <= FACES, (
        f"{found - FACES}: an area has flow, rules, models, queries, actions, pages and api only; put it into one of them."
    )
    assert text(area / "__init__.py").startswith('"""'), (
        "Say in __init__.py what the area is for, with its articles and nouns."
    )


@pytest.mark.parametrize("path", CODE, ids=here)
def test_no_file_outgrows_its_reader(path: Path) -> None:
    lines = len(text(path).splitlines())
    roomy = 450 if path.name in ("models.py", "load.py") else 400
    assert lines <= roomy, f"{lines} lines: make it a package of the same name."


@pytest.mark.parametrize("path", CODE, ids=here)
def test_code_keeps_the_house_clean(path: Path) -> None:
    source = text(path)
    assert not re.search(
        r"django\.(?:db\.models|core|dispatch)[\w.]* import .*\b(?:signals|receiver|post_save|pre_save)\b|django\.dispatch",
        source,
    ), "No signals: they fall silent outside a request and hide who writes. Call the action."
    assert not MARKS.search(source), "No notes to self in the tree: finish it, or open an issue."
    if "pages" in path.parts or path.name in ("portal.py", "workbench.py") or "api" in path.parts:
        writes = re.findall(
            r"(?<!session)\.(?:create|bulk_create|bulk_update|update_or_create|get_or_create|delete|save)\(", source
        )
        writes += re.findall(r"objects\b[^\n]*\.update\(", source)
        assert writes == [], (
            f"{writes}: a page never writes; call the action, which checks the power and leaves a trail."
        )


@pytest.mark.parametrize("path", CODE, ids=here)
def test_public_functions_say_what_they_do(path: Path) -> None:
    tree = ast.parse(text(path))
    assert ast.get_docstring(tree) or not tree.body or path.name in ("apps.py", "__init__.py"), (
        "Say in one line what this module is."
    )
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            # On a page a form, or a function of a few statements, is said by its name: it is one button's step.
            slight = "pages" in path.parts or "api" in path.parts or path.parent.name == "site"
            slight = slight and (isinstance(node, ast.ClassDef) or len(node.body) <= 8)
            slight = slight or path.name in ("apps.py", "settings.py") or node.name.startswith("env_")
            assert ast.get_docstring(node) or slight, (
                f"{node.name}: a public name has a docstring; its first line is what a reader needs."
            )


def test_the_list_of_counting_addresses_is_true() -> None:
    for name, (route, _) in COUNTED.items():
        assert route in text(ROOT / name), f"{name} counts no rows any more: take it out of COUNTED."


def test_addresses_never_count_rows() -> None:
    for path in CODE:
        counted = re.findall(r"<int:(?!year|month|line|page|item|number)\w+>", text(path))
        allowed = COUNTED.get(here(path), ("", ""))
        assert not counted or counted == [allowed[0]], (
            f"{here(path)}: {counted}: a running number tells how many there are and invites trying the next; use number or code."
        )


TEMPLATES = sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")])


@pytest.mark.parametrize("path", TEMPLATES, ids=here)
def test_templates_hold_no_style_and_no_script(path: Path) -> None:
    source = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text(path), flags=re.DOTALL)
    why = "the Content-Security-Policy forbids it, so it would silently do nothing: put it into linli.css or linli.js."
    assert not re.search(r"<style\b", source), f"inline style: {why}"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", source), f"inline script: {why}"
    assert not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=", source), f"style or on* attribute: {why}"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source), (
        "no third-party host on any page: put the file into static/."
    )
    assert "{{" not in source or "|safe" not in source, (
        "|safe switches off escaping: build the markup in the template instead."
    )


def test_no_machine_or_registry_is_named() -> None:
    own = Path(__file__)
    for path in tracked():
        if (
            path == own
            or path.suffix in {".png", ".ico", ".woff2", ".mo", ".gz", ".xlsx", ".jpg"}
            or path.stat().st_size > 2_000_000
        ):
            continue
        found = SLIPS.findall(path.read_text(encoding="utf-8", errors="ignore"))
        assert found == [], f"{here(path)}: {found}: that is a path or host of one machine; it means nothing elsewhere."


def test_migrations_are_named() -> None:
    for path in SOURCE.rglob("migrations/0*.py"):
        assert "_auto" not in path.name, f"{here(path)}: name it by what it does (makemigrations -n)."
        assert not re.search(
            r"^(?:from|import) linli\.(?!kit\.privacy|commons\.models|commons\.roles|kit\.notices)",
            text(path),
            re.MULTILINE,
        ) or ("actions" not in text(path) and "queries" not in text(path)), (
            f"{here(path)}: a migration never runs today's code on yesterday's tables."
        )
