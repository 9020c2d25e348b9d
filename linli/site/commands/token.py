"""`linli token create`: keys for other systems (接口令牌)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.commons.models import Post
    from linli.site.commands.prepare import Commands


def add(commands: Commands) -> None:
    """Add the command group `token`."""
    group = commands.add_parser("token", help="接口令牌").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    create = group.add_parser("create", help="为其他系统发放令牌，令牌只显示一次")
    create.add_argument(
        "--post",
        nargs="+",
        required=True,
        metavar="账号",
        help="以谁的职务使用；一人有多个职务时写成 账号@机构代码",
    )
    create.add_argument("--name", required=True, metavar="用途", help="用途，如“12345 平台对接”")
    prepare.demo_option(create)
    create.set_defaults(run=run_create)


def run_create(options: argparse.Namespace) -> int:
    """Issue one token for each post named and print it; all posts are found before the first is issued.

    Raises:
        Trouble: no purpose, or a post that is unknown or not named clearly.
    """
    prepare.open_database(demo=options.demo)
    if not options.name.strip():
        raise prepare.Trouble("请用 --name 写明令牌的用途。", 2)
    posts = [_post(wanted) for wanted in options.post]
    for post in posts:
        print(f"{post.user.name}（{post}）：{issue(post, options.name.strip()[:60])}")
    print("令牌只显示这一次，请立即交给使用方妥善保管。")
    return 0


def _post(wanted: str) -> Post:
    from linli.commons.actor import posts_of
    from linli.commons.models import User

    username, _, body = wanted.partition("@")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise prepare.Trouble(f"没有账号“{username}”，请核对拼写。")
    held = [post for post in posts_of(user) if body in ("", post.body_id)]
    if not held:
        raise prepare.Trouble(f"“{username}”现在没有{body and f'在 {body} 的'}在任职务，不能发放令牌。")
    if len(held) > 1:
        named = "、".join(f"{username}@{post.body_id}" for post in held)
        raise prepare.Trouble(f"“{username}”有多个职务，请写明用哪一个：{named}")
    return held[0]


def issue(post: Post, name: str) -> str:
    """Issue a token and note it in the trail; returns the clear text, which is kept nowhere."""
    from django.db import transaction

    from linli.commons.actor import SYSTEM
    from linli.commons.models import ApiToken
    from linli.kit import trail

    with transaction.atomic():
        row, clear = ApiToken.issue(name, post)
        note = trail.Draft(
            by=SYSTEM,
            verb="commons.token_issued",
            subject=post.body.trail_key,
            place=post.body.place_code,
            facts={"token": row.pk, "role": post.role, "user": post.user_id},
            basis=(),
            note=name,
        )
        trail.write([note])
    return clear
