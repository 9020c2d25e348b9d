"""Tables of the door: sessions, second factors, recovery codes, one-time reset codes, and the log of sign-ins."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from linli.kit.privacy import EncryptedTextField, label
from linli.kit.scope import Visible

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs that are not mistaken for one another on paper
CODE_LENGTH = 10  # 31^10 ≈ 2^49.5


def new_code() -> str:
    """A code of 49 bits in two groups, to be printed or read out."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


def code_digest(purpose: str, user: int, code: str) -> str:
    """What is kept of a code: a keyed hash bound to its purpose and its person."""
    tidy = "".join(sign for sign in code.upper() if sign.isalnum())
    text = f"{purpose}:{user}:{tidy}".encode("utf-8", "replace")
    return hmac.new(settings.LINLI_FIELD_KEY, text, hashlib.sha256).hexdigest()


class Session(AbstractBaseSession):
    """A browser's session (会话). Those of staff name their person, so that they can be listed and ended at once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="人员"
    )
    code = models.CharField("编号", max_length=24, blank=True)
    started_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近使用", null=True)
    browser = models.CharField("浏览器", max_length=40, blank=True)

    LABELS = label(L2="expire_date user code started_at seen_at browser")
    SECRETS = frozenset({"session_key", "session_data"})

    class Meta:
        verbose_name = "会话"
        verbose_name_plural = "会话"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that writes these rows."""
        from linli.commons.doors.sessions import SessionStore

        return SessionStore


class SecondFactor(models.Model):
    """The secret that a person's authenticator app shares with Linli (动态码), RFC 6238."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="factor", verbose_name="人员"
    )
    secret = EncryptedTextField("密钥")
    enrolled_at = models.DateTimeField("绑定时间", default=timezone.now)
    last_step = models.BigIntegerField("最近用过的时段", default=0)

    LABELS = label(L2="id user enrolled_at last_step", L4="secret")

    class Meta:
        verbose_name = "第二验证"


class RecoveryCode(models.Model):
    """One of ten codes for the day the telephone is gone (恢复码); only a keyed hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes", verbose_name="人员"
    )
    digest = models.CharField("指纹", max_length=64)
    used_at = models.DateTimeField("用掉的时间", null=True, blank=True)

    LABELS = label(L2="id user used_at")
    SECRETS = frozenset({"digest"})

    class Meta:
        verbose_name = "恢复码"


class PasswordReset(models.Model):
    """A one-time code with which a person sets a password (一次性代码); only a keyed hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="人员")
    digest = models.CharField("指纹", max_length=64)
    made_at = models.DateTimeField("发放时间", default=timezone.now)
    made_by = models.CharField("发放人", max_length=64)
    until = models.DateTimeField("有效至")
    used_at = models.DateTimeField("用掉或作废的时间", null=True, blank=True)

    LABELS = label(L2="id user made_at made_by until used_at")
    SECRETS = frozenset({"digest"})

    class Meta:
        verbose_name = "密码重设代码"


class DoorEvent(models.Model):
    """Something that happened at the door (登录记录), kept for 200 days; what was typed is never kept."""

    class What(models.TextChoices):
        SIGNED_IN = "signed_in", "登录"
        RECOVERED = "recovered", "用恢复码登录"
        WRONG_PASSWORD = "wrong_password", "密码不对"
        WRONG_CODE = "wrong_code", "动态码不对"
        LOCKED = "locked", "暂停期间尝试登录"
        PASSWORD_CHANGED = "password_changed", "本人修改密码"
        PASSWORD_SET = "password_set", "用一次性代码设密码"
        RESET_ISSUED = "reset_issued", "管理员发放密码重设代码"
        ENROLLED = "enrolled", "绑定动态码"
        FACTOR_RESET = "factor_reset", "安全管理员重置动态码"
        UNLOCKED = "unlocked", "安全管理员解除暂停"
        SIGNED_OUT = "signed_out", "退出其他登录"
        ELEVATED = "elevated", "提权"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="人员"
    )
    place = models.CharField("区划", max_length=40, blank=True)
    what = models.CharField("事项", max_length=20, choices=What.choices)
    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    address = models.CharField("网络地址", max_length=45, blank=True)
    browser = models.CharField("浏览器", max_length=40, blank=True)
    by = models.CharField("办理人", max_length=80, blank=True)

    LABELS = label(L2="id user place what at browser by", L3="address")
    VISIBLE = Visible(place="place", power="commons.see_sign_ins")

    class Meta:
        verbose_name = "登录记录"
        ordering = ("-id",)
        indexes = (models.Index(fields=["user", "what"], name="door_event_user_what"),)
