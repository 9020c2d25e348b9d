"""The first administrators of a county (首位系统、安全管理员), and the ground to stand on: the county and its lead body."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from linli.commons import people
from linli.commons.actor import Actor
from linli.commons.county.opening import add_place, is_county
from linli.commons.county.places import pack_fault
from linli.commons.models import Body, Place, Post
from linli.commons.roles import Role
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput


@action("commons.open_county", at="county")
def create_admin(
    *,
    by: Actor,
    county: str,
    county_name: str,
    body_name: str,
    username: str,
    name: str,
    password: str = "",
    role: Role = Role.SYSTEM_ADMIN,
) -> tuple[Post, str]:
    """Make an administrator (建立管理员), with county and lead body where they are missing.

    Args: password, "" for a start code. role: system or security administrator; the two are never one person.
    Returns: the post, and the start code or "".
    Raises: BadInput when a name is missing, the account is taken, or the password is too weak.
    """
    if not is_county(county):
        raise BadInput(f"“{county[:20]}”不是县级区划代码。请写六位代码。", code="county_code")
    if why := pack_fault(county):
        raise BadInput(f"{why}。", code="no_pack")
    if not people.USERNAME.fullmatch(username) or not name:
        raise BadInput("账号用 3 到 40 个字母、数字、点、短横线或下划线；姓名不能为空。", code="username")
    place = Place.objects.filter(code=county).first()
    if place is None:
        if not county_name:
            raise BadInput(f"还没有登记 {county}。请用 --county-name 写明县名。", code="county_name")
        place = add_place(by=by, code=county, name=county_name[:60], level=Place.Level.COUNTY)
    body = Body.objects.filter(place=place, kind=Body.Kind.LEAD, ended_on=None).order_by("code").first()
    if body is None:
        if not body_name:
            raise BadInput(f"{place.name}还没有牵头部门。请用 --body 写明它的名称。", code="body_name")
        body = people.add_body(by=by, place=place, code=f"{county}-lead", name=body_name[:60], kind=Body.Kind.LEAD)
    post, code = people.add_person(by=by, body=body, username=username, name=name[:40], role=role)
    if password:
        set_password(by=by, body=body, post=post, password=password)
    return post, "" if password else code


@action("commons.manage_accounts")
def set_password(*, by: Actor, body: Body, post: Post, password: str) -> None:
    """Set a password that its person has just typed (设密码). Raises: BadInput when it is too weak."""
    try:
        validate_password(password, post.user)
    except ValidationError as error:
        raise BadInput("密码太弱：" + "".join(error.messages), code="weak_password") from error
    post.user.set_password(password)
    post.user.save(update_fields=["password"])
    people.end_codes(post.user)
    trail.record("commons.password_set", body, by=by, facts={"user": f"user:{post.user_id}"})
