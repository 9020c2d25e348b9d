"""Proofs only with a listed basis (证明), HN 7(4), systems.md M4."""

from __future__ import annotations

from linli.areas.mandates import queries, rules
from linli.areas.mandates.models import ListItem, Proof, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Body, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, RuleBroken


def listed_proof(by: Actor, body: Body, title: str) -> ListItem | None:
    """The proof item in force at the body's place that bears this title, or None."""
    lists = queries.lists_in_force(by, body.place_id).filter(kind=TaskList.Kind.PROOF)
    return ListItem.objects.filter(task_list__in=lists, title=title.strip()).first()


def _refusal(body: Body, title: str, requester: str) -> RuleBroken:
    basis = rules.proof_basis(body.place_id)
    if basis:
        why = f"“{title}”没有法律、法规或者国务院决定作依据，不得要求{body.name}出具。"
    else:  # the Hubei draft has no article on proofs: what binds is the list that the county published
        why = f"“{title}”不在已公布的证明事项清单内，{body.name}不出具；本草案无此条，按县设定。"
    return RuleBroken(
        f"{why}请向{requester or '要求证明的单位'}出示本页。",
        code="proof_off_list",
        verb="mandates.proof_refused",
        basis=basis,
        # The slip is a line of the trail; its code lets it be shown without counting lines.
        facts={"title": title[:80], "requester": requester[:60], "body": body.code, "slip": code_for("BY")},
    )


@action("mandates.ask_proof", at="body")
def ask_proof(*, by: Actor, body: Body, title: str) -> ListItem:
    """A department asks a committee for a proof (要求出具证明): let through only what is listed.

    Raises:
        RuleBroken: not listed; the attempt is kept as evidence and counted per requester.
    """
    item = listed_proof(by, body, title)
    if item is None:
        raise _refusal(body, title.strip(), by.body.name if by.body else "")
    trail.record("mandates.proof_asked", body, by=by, facts={"title": item.title, "requester": by.body_code})
    return item


@action("mandates.issue_proof", at="body")
def issue_proof(*, by: Actor, body: Body, title: str, requester: str, person: str, content: str) -> Proof:
    """A committee issues a proof for a resident (出具证明).

    Raises:
        RuleBroken: no listed basis. BadInput: something is missing. NotAllowed: another committee's proof.
    """
    if by.body_code != body.code:
        raise NotAllowed("只能以本居（村）民委员会的名义出具证明。", code="not_own_body")
    if not title.strip() or not requester.strip() or not person.strip() or not content.strip():
        raise BadInput("请填写证明事项、要求出具的单位、当事人和证明内容。", code="field_missing")
    item = listed_proof(by, body, title)
    if item is None:
        raise _refusal(body, title.strip(), requester.strip())
    proof = Proof.objects.create(
        code=code_for("ZM"),
        item=item,
        body=body,
        requester=requester.strip()[:60],
        person=person.strip(),
        content=content.strip(),
        issued_by=by.code,
    )
    trail.record("mandates.proof_issued", proof, by=by, facts={"title": item.title, "requester": proof.requester})
    return proof
