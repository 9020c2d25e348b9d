"""Write docs/processing.md: which personal data Linli holds, why, how long, who sees it. Read from the field labels.

    .venv/bin/python docs/make_processing.py > docs/processing.md

A test compares the file with this output; a table with personal data and without a purpose in `WHY` fails.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")

PERSONAL = ("L3", "L4")
NOT_DELETED = "no automatic deletion; the operator's archive rule"


@dataclass(frozen=True)
class Why:
    """Purpose of a table, how long its rows are kept by the program itself, and who sees them."""

    purpose: str
    kept: str
    seen: str


WHY: dict[str, Why] = {
    "appeals.Appeal": Why(
        "to handle what a resident reports, and to answer",
        NOT_DELETED,
        "the deciding units on the way; name and contact masked, in clear only with a reason that the resident reads;"
        " firms a rewritten brief only; the resident with number and code",
    ),
    "appeals.Answer": Why("the answer to the resident", NOT_DELETED, "as the appeal; the resident"),
    "appeals.Word": Why(
        "questions to the resident and what the resident adds", NOT_DELETED, "as the appeal; the resident"
    ),
    "appeals.CallBack": Why(
        "whether the resident finds it solved, in the resident's words", NOT_DELETED, "as the appeal"
    ),
    "mandates.Proof": Why("a proof that the law lets a committee issue", NOT_DELETED, "the issuing committee"),
    "duties.Attestation": Why(
        "who attests that a duty is done", NOT_DELETED, "posts that see the duty board of the place"
    ),
    "duties.Report": Why(
        "to take a report of a body that neglects its duty, and to have it corrected (HB 40-44)",
        NOT_DELETED,
        "the desk that handles it; never the body reported on or who handled the matter; name and contact in clear only with a"
        " reason that the reporter reads; the reporter with number and code",
    ),
    "duties.Supplement": Why("what the reporter adds later", NOT_DELETED, "as the report"),
    "duties.Tolerance": Why(
        "who asks to be excused for an honest mistake, and what was found (HN 18(3))",
        NOT_DELETED,
        "the applicant, the body that examines and the one that decides",
    ),
    "assembly.Comment": Why(
        "to hear what residents and invited people say of a draft law, and to answer each of them (HB 27(2))",
        "words: no automatic deletion; name and contact whenever the contributor takes them out",
        "the congress that asks; a contact point what it entered itself; the public counts (never of fewer than five people),"
        " summaries and answers, no words; the contributor with number and code",
    ),
    "assembly.Meeting": Why("what was said in a meeting on a draft law", NOT_DELETED, "the congress; who recorded it"),
    "kit.Attachment": Why(
        "photos and documents handed in; pictures are freed of position and comments",
        NOT_DELETED,
        "whoever may see the thing they belong to",
    ),
    "kit.Attempt": Why(
        "to slow guessing down; keys: account names as hashes, appeal numbers, network addresses",
        "one day after the last failure",
        "nobody",
    ),
    "kit.Done": Why("the answer to a program's request, for its repetition", NOT_DELETED, "the same program"),
    "commons.User": Why("staff accounts", NOT_DELETED, "administrators of the place; colleagues by name in the trail"),
    "commons.Session": Why(
        "who is signed in where; drafts and receipts of residents rest sealed in it",
        "staff: at most 24 hours; residents: two weeks after the last use",
        "the person; nobody else",
    ),
    "commons.SecondFactor": Why("the second factor of a staff account", "until it is reset or bound anew", "nobody"),
    "commons.RecoveryCode": Why(
        "to sign in when the telephone is lost", "until renewed or reset", "nobody; keyed hashes"
    ),
    "commons.PasswordReset": Why("to set a password with a one-time code", NOT_DELETED, "nobody; keyed hashes"),
    "commons.DoorEvent": Why(
        "to find misuse of staff accounts: what happened, when, from which network address",
        "200 days",
        "the person; security administrators of the place",
    ),
}
"""Why each table with personal data or secrets exists. Kept by hand, for no program can know a purpose."""


def fields(model: Any) -> tuple[list[str], list[str], list[str]]:
    """Fields of a table with personal data (L3), with sensitive data (L4), and its secrets, in Chinese where named."""
    names = {
        field.name: str(field.verbose_name) for field in model._meta.get_fields() if hasattr(field, "verbose_name")
    }

    def said(name: str) -> str:
        return f"{names.get(name, name)} `{name}`"

    three = [said(name) for name, level in model.LABELS.items() if level == "L3"]
    four = [said(name) for name, level in model.LABELS.items() if level == "L4"]
    return three, four, [said(name) for name in sorted(getattr(model, "SECRETS", ()))]


def write() -> str:
    """The whole document. Raises: SystemExit naming the tables whose purpose is missing or gone."""
    import django

    django.setup()
    from django.apps import apps

    models = sorted(
        (model for model in apps.get_models() if model.__module__.startswith("linli.")), key=lambda one: one._meta.label
    )
    personal = [model for model in models if any(fields(model))]
    labels = {model._meta.label for model in personal}
    if labels != set(WHY):
        raise SystemExit(
            f"docs/make_processing.py: WHY lacks {sorted(labels - set(WHY))}, has too many {sorted(set(WHY) - labels)}"
        )
    lines = [
        "# Register of processing (个人信息处理活动记录)",
        "",
        "Generated by `docs/make_processing.py` from the labels that every field of every table carries; do not edit.",
        "It says what the program does. An operator adds what only the operator knows: the legal ground in force, the",
        "person in charge, the archive rule, contracts with processors, and the outcome of the impact assessment.",
        "",
        "Levels: L1 public · L2 internal · L3 personal · L4 sensitive, encrypted at rest (AES-256-GCM, key outside the",
        "database) · secrets: kept as keyed or slow hashes, or sealed, never shown. L5 (sealed groups) is not built.",
        "",
        "| table | L3 personal | L4 sensitive | secrets | purpose | kept | seen by |",
        "|---|---|---|---|---|---|---|",
    ]
    for model in personal:
        why = WHY[model._meta.label]
        cells = ["<br>".join(found) or "–" for found in fields(model)]
        name = f"{model._meta.verbose_name} `{model._meta.label}`"
        lines.append(f"| {name} | {' | '.join(cells)} | {why.purpose} | {why.kept} | {why.seen} |")
    rest = [f"`{model._meta.label}`" for model in models if model not in personal]
    lines += [
        "",
        f"Tables without personal fields of their own ({len(rest)}): {', '.join(rest)}.",
        "",
        "The trail (`kit.Entry`) names staff by body and name, residents never; it refers to personal data by code instead of",
        "copying it. What staff write as a reason stays as they wrote it. Nothing is sent to a third party; no page loads anything from another host; no position is ever asked of a",
        "browser. Notices stay inside the installation (站内) until an operator adds a channel.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(write())
