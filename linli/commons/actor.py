"""Who acts (行为人): a person in a post, a resident, or the system."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from linli.commons.models import ApiToken, Body, Post, User
from linli.commons.roles import (
    ADMIN_ROLES,
    ELEVATED_POWERS,
    INSTALLER_POWERS,
    RESIDENT_POWERS,
    ROLE_POWERS,
    SYSTEM_POWERS,
    clash,
)
from linli.kit import reference
from linli.kit.scope import covers


@dataclass(frozen=True)
class Actor:
    """An actor and the powers held at a place.

    Args:
        code: `user:ID`, `resident` or `system`. label: how the trail names it, without personal data of residents.
        powers: what may be done. place: where, with everything below; "" is everywhere.
        body: for which body. post: the post held, if any. posts: all that the person holds today, to change over.
        body: for which body. post: the post held, if any.
        elevated_until: when the powers of an elevated session end (提权), if there is one.
    """

    code: str
    label: str
    powers: frozenset[str]
    place: str
    body: Body | None = None
    post: Post | None = None
    user: User | None = None
    posts: tuple[Post, ...] = field(default=(), compare=False, repr=False)
    elevated_until: datetime | None = None

    @property
    def body_code(self) -> str:
        """Code of the body acted for, or ""."""
        return self.body.code if self.body else ""

    @property
    def body_key(self) -> int | None:
        """Key of the row of the body acted for, if there is one."""
        return self.body.pk if self.body else None

    @property
    def is_staff(self) -> bool:
        """Whether a post is held."""
        return self.post is not None

    def may(self, power: str, at: object) -> bool:
        """Whether the power is held at the place of a subject, or at a place given by its code (None: anywhere at all)."""
        where = at if isinstance(at, str) else getattr(at, "place_code", None)
        if power not in self.powers:
            return False
        # A grid or a firm may hold what lies above its own place: what a body holds it may work on.
        return where is None or covers(self.place, str(where)) or self.body_code in getattr(at, "held_by", ())

    def lent(self, *powers: str, place: str | None = None) -> Actor:
        """The same actor with powers, or a wider place, that one act lends (临时授权); never kept beyond it."""
        return replace(self, powers=self.powers | set(powers), place=self.place if place is None else place)

    def places_for(self, power: str) -> tuple[str, ...]:
        """Codes of the places where the power is held."""
        return (self.place,) if power in self.powers else ()


RESIDENT = Actor("resident", "居民", RESIDENT_POWERS, "")
SYSTEM = Actor("system", "系统", SYSTEM_POWERS, "")
INSTALLER = Actor("installer", "安装管理员（命令行）", INSTALLER_POWERS, "")


def actor_of(post: Post, elevated_until: datetime | None = None) -> Actor:
    """The actor of a post in force.

    Args:
        elevated_until: end of an elevated session; without one the dangerous powers of administrators are not held.
    """
    label = f"{post.body.name} {post.user.name}"
    more = ELEVATED_POWERS.get(post.role, frozenset()) if elevated_until is not None else frozenset()
    return Actor(
        code=f"user:{post.user_id}",
        label=label[:80],
        powers=ROLE_POWERS[post.role] | more,
        elevated_until=elevated_until if more else None,
        place=post.body.place_id,
        body=post.body,
        post=post,
        user=post.user,
    )


def actor_of_token(token: str) -> Actor | None:
    """The actor of a token in force: neither revoked, nor of a post, a person or a body that has ended; else None.

    Kept in memory with the reference data, whose stamp changes with every token, post, person and body: what was revoked
    is so from the next request on, in every process. Tokens that open nothing are looked up each time.
    """
    digest = ApiToken.hash(token)
    try:
        post = reference.kept(("token", digest, timezone.localdate()), lambda: _opened(digest))
    except Post.DoesNotExist:
        return None
    return actor_of(_own(post, copy(post.user)))


def _opened(digest: str) -> Post:
    """Raises: Post.DoesNotExist."""
    held = Post.objects.filter(Post.current(), body__ended_on=None, user__is_active=True)
    return held.select_related("body", "user").get(  # at most one: the fingerprint is unique
        apitoken__digest=digest, apitoken__revoked_at=None
    )


def _own(post: Post, user: User) -> Post:
    """A post that is kept for all, as a request's own: what the request changes of it is not seen by others."""
    mine = copy(post)
    mine.body, mine.user = copy(post.body), user
    return mine


def posts_of(user: User) -> list[Post]:
    """Posts that a person holds today, in a stable order; kept in memory as `actor_of_token` keeps its actors.

    Should a person hold an administrator's post beside another (`appoint` refuses it, rows written by hand may not), the
    administrator's posts give nothing.
    """
    if not user.is_active:
        return []
    kept = reference.kept(("posts", user.pk, timezone.localdate()), lambda: _held_by(user.pk))
    return [_own(post, user) for post in kept]


def _held_by(user: int) -> tuple[Post, ...]:
    rows = Post.objects.filter(Post.current(), user=user, user__is_active=True, body__ended_on=None)
    posts = tuple(rows.select_related("body").order_by("id"))
    if clash(post.role for post in posts):
        return tuple(post for post in posts if post.role not in ADMIN_ROLES)
    return posts


def actor_for(user: User, post_id: int | None = None, elevated_until: datetime | None = None) -> Actor | None:
    """The actor of a person: in the chosen post if it is still held, else in the first one; None without a post.

    Args:
        elevated_until: end of the session's elevation for the chosen post, if it has one that is still running.
    """
    posts = posts_of(user)
    chosen = next((post for post in posts if post.pk == post_id), posts[0] if posts else None)
    if chosen is None:
        return None
    return replace(actor_of(chosen, elevated_until if chosen.pk == post_id else None), posts=tuple(posts))
