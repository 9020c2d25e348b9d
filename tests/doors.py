"""What people do at the staff door (登录): knock, enter, sign in."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from linli.commons.doors import factor
from linli.commons.models import (
    DoorEvent,
    SecondFactor,
    User,
)
from tests.cast import Town

PASSWORD = "correct horse 42"
NEXT = "battery staple 77"
WHAT = DoorEvent.What


def user_of(town: Town, who: str) -> User:
    found = getattr(town, who).user
    assert found is not None
    return found  # type: ignore[no-any-return]


def enrol(user: User) -> str:
    secret = factor.new_secret()
    SecondFactor.objects.create(user=user, secret=secret)
    return secret


def knock(client: Client, user: User, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"username": user.username, "password": password, **more})


def enter(client: Client, user: User, secret: str) -> Any:
    """Password, then the code of a step not used yet."""
    knock(client, user)
    last = SecondFactor.objects.get(user=user).last_step
    now = int(timezone.now().timestamp()) // factor.STEP
    return client.post("/login/code/", {"code": factor.present_code(secret, later=max(0, last + 1 - now))})


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def gone(client: Client) -> bool:
    """Whether the browser is nobody any more."""
    answer = client.get("/work/")
    return answer.status_code == 302 and answer["Location"].startswith("/login/")


def signed_in(user: User, agent: str = "Mozilla/5.0 (Windows NT 10.0) Chrome/130") -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    client.force_login(user)
    assert client.get("/work/").status_code == 200
    return client


def set_password(client: Client, user: User, code: str, new: str = NEXT) -> Any:
    given = {"username": user.username, "code": code, "new": new, "again": new}
    return client.post("/login/password/", given)
