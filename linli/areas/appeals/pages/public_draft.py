"""The report that a resident is writing (草稿): kept sealed in the session, photos beside it, until it is sent or a day is over."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.areas.appeals.actions.intake import MAX_PHOTOS
from linli.kit.errors import BadInput
from linli.kit.files import check_upload
from linli.kit.privacy import decrypt, encrypt

DRAFT, RECEIPT, OPENED = "draft", "receipt", "opened"
DRAFT_HOURS, RECEIPT_MINUTES, OPENED_HOURS = 24, 60, 2


@dataclass
class Draft:
    """What has been written so far (草稿)."""

    token: str
    started: float
    text: str = ""
    place: str = ""
    place_text: str = ""
    place_given: bool = False
    channel: str = "web"
    for_other: bool = False
    anonymous: bool = False
    name: str = ""
    contact: str = ""
    contact_given: bool = False
    keep_matter: bool = True
    photos: list[dict[str, str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where the photos of this draft rest."""
        return settings.LINLI_DATA / "drafts" / hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def photo(self, code: str) -> tuple[Path, dict[str, str]] | None:
        """File and description of one photo of this draft, or None."""
        for row in self.photos:
            path: Path = self.folder / row["code"]
            if row["code"] == code and path.exists():
                return path, row
        return None

    def uploads(self) -> tuple[tuple[bytes, str, str], ...]:
        """The photos as `file_appeal` takes them."""
        found = [self.photo(row["code"]) for row in self.photos]
        return tuple((one[0].read_bytes(), one[1]["kind"], one[1]["name"]) for one in found if one)

    def add_photos(self, uploads: list[Any]) -> list[str]:
        """Check and keep uploads; return what is wrong with those that could not be kept, in Chinese."""
        wrong = []
        for upload in uploads:
            try:
                if len(self.photos) >= MAX_PHOTOS:
                    said = _("照片最多 %(most)d 张，“%(name)s”没有加上。可以先删掉一张。")
                    raise BadInput(said % {"most": MAX_PHOTOS, "name": upload.name})
                raw, kind, name = check_upload(upload)
            except BadInput as refusal:
                wrong.append(refusal.shown)
                continue
            sweep()
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            code = secrets.token_hex(12)
            (self.folder / code).write_bytes(raw)
            self.photos.append({"code": code, "kind": kind, "name": name})
        return wrong

    def remove_photo(self, code: str) -> None:
        """Take one photo out of the draft."""
        found = self.photo(code)
        if found is not None:
            found[0].unlink(missing_ok=True)
        self.photos = [row for row in self.photos if row["code"] != code]


def sweep() -> int:
    """Delete photos of drafts that nobody sent for two days; return how many drafts went."""
    gone = 0
    root: Path = settings.LINLI_DATA / "drafts"
    for folder in root.iterdir() if root.exists() else ():
        if folder.stat().st_mtime < time.time() - 2 * DRAFT_HOURS * 3600:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _unsealed(request: HttpRequest, key: str) -> dict[str, Any]:
    sealed = request.session.get(key)
    try:
        found = json.loads(decrypt(sealed)) if isinstance(sealed, str) else {}
    except ValueError:  # made with a field key that is no longer in use
        found = {}
    return found if isinstance(found, dict) else {}


def load(request: HttpRequest) -> Draft:
    """The draft of this visitor; a fresh one when there is none or the old one is a day old."""
    found = _unsealed(request, DRAFT)
    if found and found.get("started", 0) > time.time() - DRAFT_HOURS * 3600:
        return Draft(**found)
    return Draft(token=secrets.token_urlsafe(16), started=time.time())


def keep(request: HttpRequest, draft: Draft) -> None:
    """Remember the draft; sealed, for it may hold a name and a telephone number."""
    request.session[DRAFT] = encrypt(json.dumps(asdict(draft), ensure_ascii=False))


def drop(request: HttpRequest, draft: Draft) -> None:
    """Forget the draft and its photos."""
    request.session.pop(DRAFT, None)
    shutil.rmtree(draft.folder, ignore_errors=True)


def hand_receipt(request: HttpRequest, number: str, code: str, token: str) -> None:
    """Keep number and secret code for the confirmation page and the printed receipt, for an hour in this browser."""
    found = {"number": number, "code": code, "token": token, "until": time.time() + RECEIPT_MINUTES * 60}
    request.session[RECEIPT] = encrypt(json.dumps(found))


def receipt(request: HttpRequest) -> dict[str, Any] | None:
    """Number and code of the report just sent, or None."""
    found = _unsealed(request, RECEIPT)
    return found if found.get("until", 0) > time.time() else None


def opened(request: HttpRequest) -> list[str]:
    """Numbers of the appeals that this browser opened with their codes within the last two hours, newest first."""
    known = request.session.get(OPENED)
    rows = known.items() if isinstance(known, dict) else ()
    return [number for number, until in sorted(rows, key=lambda row: -row[1]) if until > time.time()]


def open_for(request: HttpRequest, number: str) -> None:
    """Let this browser see one appeal for two hours."""
    known = request.session.get(OPENED)
    rows = {key: until for key, until in known.items() if until > time.time()} if isinstance(known, dict) else {}
    request.session[OPENED] = {**rows, number: time.time() + OPENED_HOURS * 3600}


def close_all(request: HttpRequest) -> None:
    """Forget what was opened, written and received in this browser (用完即走, for shared computers)."""
    drop(request, load(request))
    for key in (RECEIPT, OPENED):
        request.session.pop(key, None)
