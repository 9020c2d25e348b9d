"""What people do at their own door (我的登录): password, second factor, sessions, elevation. Each an action with its trail."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.commons.actor import Actor
from linli.commons.doors import factor
from linli.commons.doors.log import What, latest_post, note
from linli.commons.doors.models import code_digest
from linli.commons.doors.passwords import check_password_rules
from linli.commons.doors.sessions import end_sessions
from linli.commons.doors.sign_in import account_key, check_address, failed_at_door
from linli.commons.models import Body, PasswordReset, SecondFactor, User
from linli.commons.roles import ELEVATED_POWERS
from linli.kit import limiter, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken

ELEVATED_MINUTES = 15
OWN = "commons.keep_own_doors"


def oneself(user: User) -> Actor | None:
    """The actor who may do nothing but keep the own door: for people not signed in yet; None without any post."""
    post = latest_post(user)
    if post is None:
        return None
    label = f"{post.body.name} {user.name}"[:80]
    return Actor(f"user:{user.pk}", label, frozenset({OWN}), post.body.place_id, body=post.body, user=user)


def _who(by: Actor) -> tuple[User, Body]:
    if by.user is None or by.body is None:
        raise NotAllowed(_("请先登录。"), code="nobody")
    return by.user, by.body


@action(OWN, at="by")
def change_password(*, by: Actor, old: str, new: str, session: str | None) -> User:
    """Change the own password (修改密码); every other session ends.

    Args:
        session: key of the session that stays.

    Raises: BadInput when the old one is wrong, or the new one breaks the rules.
    """
    user, body = _who(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(old):
        raise BadInput(_("原密码不对，请重新输入。"), code="old_password")
    if old == new:
        raise BadInput(_("新密码和原密码一样，请换一个。"), code="same_password")
    check_password_rules(new, user)
    user.set_password(new)
    user.save(update_fields=["password"])
    end_sessions(user, but=session)
    note(What.PASSWORD_CHANGED, user)
    trail.record("commons.password_changed", body, by=by, facts={"user": by.code})
    return user


def set_password_at_door(request: HttpRequest, username: str, code: str, new: str) -> None:
    """Set a password with an administrator's one-time code, before anybody is signed in (用一次性代码设密码).

    An unknown account, a wrong, used or old code and a waiting account read the same and take the same steps.

    Raises: BadInput, with code `password` when the code is good and the password breaks the rules; TooMany when the
    address must wait.
    """
    check_address(request)
    user = User.objects.filter(username=username, is_active=True).first()
    by = oneself(user or User(pk=0))
    if not open_reset(user.pk if user else 0, code).exists() or limiter.is_held(account_key(username)) or by is None:
        failed_at_door(request, username, What.WRONG_CODE)
        raise BadInput(
            _("账号或一次性代码不对，或代码已用过、已过期。请核对后再试，或请管理员重新发一个。"), code="reset_code"
        )
    set_password_by_code(by=by, code=code, new=new)


def open_reset(user: int, code: str) -> QuerySet[PasswordReset]:
    """The one-time code of a person, if it is still good."""
    digest = code_digest("password", user, factor.tidy(code))
    return PasswordReset.objects.filter(user=user, digest=digest, used_at=None, until__gt=timezone.now())


@action(OWN, at="by")
def set_password_by_code(*, by: Actor, code: str, new: str) -> User:
    """Set a password and use the code up; every session ends.

    Raises: BadInput with code `password` when the password breaks the rules (the code then stays good).
    """
    user, body = _who(by)
    check_password_rules(new, user)
    if not open_reset(user.pk, code).update(used_at=timezone.now()):
        raise BadInput(_("一次性代码已用过或已过期，请管理员重新发一个。"), code="reset_code")
    user.set_password(new)
    user.save(update_fields=["password"])
    end_sessions(user)
    note(What.PASSWORD_SET, user)
    trail.record("commons.password_changed", body, by=by, facts={"user": by.code, "how": "code"})
    return user


@action(OWN, at="by")
def enrol_factor(*, by: Actor, secret: str, code: str, session: str | None = None) -> list[str]:
    """Bind an authenticator app (绑定动态码), or a new one in place of the old; other sessions end.

    Args:
        secret: what the app was shown. code: what it shows now, as proof. session: key of the session that stays.

    Returns: ten recovery codes, shown once. Raises: BadInput when the code does not fit.
    """
    user, body = _who(by)
    step = factor.matching_step(secret, code)
    if step is None:
        raise BadInput(_("动态码不对。请等它变换后输入新的 6 位数字；一直不对，请核对手机时间。"), code="code")
    SecondFactor.objects.update_or_create(
        user=user, defaults={"secret": secret, "enrolled_at": timezone.now(), "last_step": step}
    )
    codes = factor.fresh_recovery_codes(user)
    end_sessions(user, but=session)
    note(What.ENROLLED, user)
    trail.record("commons.factor_enrolled", body, by=by, facts={"user": by.code})
    return codes


@action(OWN, at="by")
def renew_recovery_codes(*, by: Actor) -> list[str]:
    """Ten new recovery codes (更换恢复码), shown once. Raises: RuleBroken without a second factor."""
    user, body = _who(by)
    if not SecondFactor.objects.filter(user=user).exists():
        raise RuleBroken(_("还没有绑定动态码，请先绑定。"), code="no_factor")
    codes = factor.fresh_recovery_codes(user)
    trail.record("commons.recovery_codes_renewed", body, by=by, facts={"user": by.code})
    return codes


@action(OWN, at="by")
def sign_out_elsewhere(*, by: Actor, session: str | None, code: str = "") -> int:
    """End the own other sessions (退出其他登录), or one of them by its code; return how many ended."""
    user, body = _who(by)
    ended = end_sessions(user, but=session, code=code)
    note(What.SIGNED_OUT, user)
    trail.record("commons.sessions_ended", body, by=by, facts={"user": by.code, "ended": ended})
    return ended


@action("commons.elevate", at="by")
def elevate(*, by: Actor, reason: str) -> datetime:
    """Hold the dangerous powers of the own post for a quarter of an hour (提权); password and code were just checked.

    Returns: when it ends. Raises: BadInput without a reason.
    """
    user, body = _who(by)
    if len(reason.strip()) < 2:
        raise BadInput(_("请写明为什么要提权，审计员会看到。"), code="reason_missing")
    until = timezone.now() + timedelta(minutes=ELEVATED_MINUTES)
    role = by.post.role if by.post else ""
    facts = {"until": until.isoformat(timespec="seconds"), "powers": sorted(ELEVATED_POWERS.get(role, ()))}
    note(What.ELEVATED, user)
    trail.record("commons.elevated", body, by=by, facts=facts, note=reason.strip()[:500])
    return until


@action("commons.elevate", at="by")
def end_elevation(*, by: Actor) -> None:
    """Give the dangerous powers back before the time is over (结束提权)."""
    _user, body = _who(by)
    trail.record("commons.elevation_ended", body, by=by)
