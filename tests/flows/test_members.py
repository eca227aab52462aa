"""Who may hold which post, and for how long: duties apart, delegations and mandates with their dates."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from sunshine.domain.parties import uscc
from sunshine.domain.parties.models import Delegation, Expert, Mandate, Membership, Organisation
from sunshine.domain.parties.roles import KINDS, ROLES, check
from sunshine.domain.sourcing.models import Project
from sunshine.flows import draft as drafting
from sunshine.flows import manage_members, seat_trustees
from sunshine.flows.initiate import initiate
from sunshine.flows.plan import plan
from sunshine.flows.register import register, resubmit
from sunshine.flows.register_expert import apply_expert, verify_expert
from sunshine.flows.verify_organisation import reinstate, reject_organisation, suspend, verify_organisation
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import PASSWORD, Player
from tests.flows.crooked import SECOND, refused

DAY = timedelta(days=1)


# -- roles, as code --------------------------------------------------------------------------------------------------

APART = [
    ("buyer", "buyer-officer", "buyer-approver"),
    ("buyer", "buyer-officer", "buyer-reviewer"),
    ("buyer", "buyer-publisher", "buyer-approver"),
    ("buyer", "buyer-publisher", "buyer-reviewer"),
    ("buyer", "trustee", "buyer-officer"),
    ("buyer", "trustee", "buyer-publisher"),
    ("buyer", "trustee", "buyer-representative"),
    ("operator", "trustee", "operator-verifier"),
    ("operator", "trustee", "operator-admin"),
]


@pytest.mark.parametrize(("kind", "one", "other"), APART)
def test_duties_that_must_be_apart_are_refused_in_either_order(kind: str, one: str, other: str) -> None:
    for roles in ([one, other], [other, one]):
        assert refused(check, kind, roles).code == "duties-must-be-apart"


def test_exclusion_is_mutual_for_every_pair_of_roles() -> None:
    """A role that excludes another need not be repeated there: check() looks from both sides."""
    for kind, keys in KINDS.items():
        for pair in combinations(sorted(keys), 2):
            apart = any(pair[1 - n] in ROLES[pair[n]].excludes for n in (0, 1))
            if apart or (kind == "operator" and "trustee" in pair):
                assert refused(check, kind, pair).code == "duties-must-be-apart"
            else:
                assert check(kind, pair) == set(pair)


def test_no_kind_of_house_gives_a_role_of_another() -> None:
    for kind, keys in KINDS.items():
        for key in set(ROLES) - keys:
            assert refused(check, kind, [key]).code == "role-not-for-kind"
    assert refused(check, "buyer", ["superuser"]).code == "role-not-for-kind"


# -- members ---------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def added(by: Player, email: str, *roles: str) -> Any:
    return manage_members.add_member(
        by=by.actor(), email=email, name="新人", phone="", roles=list(roles), password=PASSWORD
    )


def test_the_operators_trustee_holds_no_other_operator_role_also_by_later_change(cast: play.Cast) -> None:
    keeper, admin = cast["op_keeper"].person.public_id, cast["verifier"]
    for roles in (["trustee", "operator-admin"], ["trustee", "operator-verifier"]):
        assert refused(added, admin, "new@yunling.example", *roles).code == "duties-must-be-apart"
        change = refused(manage_members.change_roles, by=admin.actor(), person=keeper, roles=roles)
        assert change.code == "duties-must-be-apart"
    assert cast["op_keeper"].actor().roles == {"trustee"}


def test_only_an_administrator_manages_and_only_in_the_own_house(cast: play.Cast) -> None:
    for key in ("officer", "publisher", "keeper", "inspector", "expert1", "op_keeper"):
        assert refused(added, cast[key], "new@yunling.example").code == "forbidden"
    stranger = cast["supplier1"].person.public_id
    by = cast["admin"].actor()
    assert refused(manage_members.change_roles, by=by, person=stranger, roles=["buyer-reader"]).code == "not-found"
    assert refused(manage_members.end_membership, by=by, person=stranger).code == "not-found"
    assert refused(manage_members.end_membership, by=by, person=by.person).code == "not-yourself"
    assert refused(added, cast["admin"], cast["officer"].email, "buyer-reader").code == "member-exists"


def test_changed_roles_leave_the_old_ones_on_record_and_an_ended_member_loses_all(cast: play.Cast) -> None:
    officer, by = cast["officer"], cast["admin"].actor()
    manage_members.change_roles(by=by, person=officer.person.public_id, roles=["buyer-reader"])
    assert officer.actor().roles == {"buyer-reader"}
    assert Membership.objects.filter(person=officer.person).count() == 2
    manage_members.end_membership(by=by, person=officer.person.public_id)
    assert not officer.actor().organisation and not officer.actor().may("buyer:project:read")
    assert refused(manage_members.end_membership, by=by, person=officer.person.public_id).code == "not-found"


# -- who is who on the platform --------------------------------------------------------------------------------------


def newcomer(kind: str, name: str) -> Player:
    player = play.person("郑外", f"{uscc.fictional(name).lower()}@stranger.example")
    play.organisation(player, kind, name, uscc.fictional(name))
    return player


def test_whoever_registers_as_an_operator_verifies_nobody_least_of_all_himself(cast: play.Cast) -> None:
    stranger = newcomer("operator", "自封运营中心")
    for target in (stranger.organisation, newcomer("supplier", "待核验公司").organisation):
        assert refused(verify_organisation, target, by=stranger.actor(), evidence="我说的").code == "forbidden"
    applied = apply_expert(
        by=stranger.actor(), person=stranger.person, title="专家", years=1, employer="自家",
        specialties=["综合"], avoided_units=[],
    )  # fmt: skip
    assert refused(verify_expert, applied.subject_id, by=stranger.actor(), evidence="我说的").code == "forbidden"
    assert Expert.objects.get(person=stranger.person).stage == "applied"
    assert not Project.objects.visible_to(stranger.actor(), clock.now()).filter(announced_at=None).exists()


def test_only_the_rejected_house_itself_resubmits(cast: play.Cast) -> None:
    applicant, rival = newcomer("supplier", "申请公司"), newcomer("supplier", "对手公司")
    reject_organisation(applicant.organisation, by=cast["verifier"].actor(), reason="营业执照模糊")
    for other in (rival, cast["supplier1"]):
        given = {"contact_phone": "000"}
        assert refused(resubmit, applicant.organisation, by=other.actor(), **given).code == "forbidden"
    resubmit(applicant.organisation, by=applicant.actor(), contact_phone="020-1111-1111")
    assert Organisation.objects.get(public_id=applicant.organisation).stage == "registered"


def test_a_wrong_or_taken_credit_code_is_refused(cast: play.Cast) -> None:
    person = play.person("郑码", "code@stranger.example")
    common = {"by": person.actor(), "kind": "supplier", "name": "码错公司", "person": person.person}
    good = uscc.fictional("code")
    last = "0" if good[-1] != "0" else "1"
    for wrong in (good[:-1] + last, good[:-1], good + "0", "", "I" * 18, "<script>alert(1)</script>", "\x00" * 18):
        assert refused(register, code=wrong, **common).field == "uscc"
    taken = Organisation.objects.get(public_id=cast.organisations["supplier1"]).uscc
    assert refused(register, code=taken, **common).code == "organisation-exists"
    assert refused(register, code=good, parent="O-nowhere", **common).code == "parent-unknown"


def test_a_suspended_house_neither_acts_nor_loses_its_past(cast: play.Cast) -> None:
    played = play.a_project(cast)
    buyer, verifier = cast.organisations["buyer"], cast["verifier"].actor()
    suspend(buyer, by=verifier, reason="执照注销")
    fields = {"title": "改名"}
    assert refused(drafting.draft, played.project, by=cast["officer"].actor(), fields=fields).code == "forbidden"
    assert refused(play.a_plan, cast).code == "not-found"
    reinstate(buyer, by=verifier)
    drafting.draft(played.project, by=cast["officer"].actor(), fields=fields)


# -- trustees --------------------------------------------------------------------------------------------------------


def test_no_three_seats_go_to_one_side(cast: play.Cast) -> None:
    """Each seat belongs to its own side: four colleagues of the buyer could open without any overseer."""
    played = play.a_project(cast)
    officer = cast["officer"].actor()
    own = [play.member(cast["admin"], f"王钥{n}", f"k{n}@yunling.example", "trustee") for n in (2, 3, 4)]
    buyer, operator, inspection, audit = (player.person.public_id for player in cast.trustees)
    second, third, fourth = (player.person.public_id for player in own)
    for persons, seat in (
        ([buyer, second, third, fourth], 2),
        ([buyer, operator, third, fourth], 3),
        ([buyer, operator, inspection, fourth], 4),
        ([operator, buyer, inspection, audit], 1),
        ([inspection, operator, buyer, audit], 1),
    ):
        refusal = refused(seat_trustees.seat_trustees, played.project, by=officer, persons=persons)
        assert (refusal.code, refusal.field) == ("seat-of-another-side", f"seat-{seat}")
    seat_trustees.seat_trustees(played.project, by=officer, persons=[buyer, operator, inspection, audit])


def test_the_groups_own_inspection_may_sit_where_the_buyer_may_not(cast: play.Cast) -> None:
    played = play.a_project(cast)
    above = play.member(cast["group"], "何纪", "above@yunling.example", "trustee")
    persons = [player.person.public_id for player in cast.trustees]
    persons[2] = above.person.public_id
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)


def test_seats_want_four_different_holders_of_the_role(cast: play.Cast) -> None:
    played = play.a_project(cast)
    persons = [player.person.public_id for player in cast.trustees]
    by = cast["officer"].actor()
    for wrong in (persons[:3], [*persons[:3], persons[0]], []):
        assert refused(seat_trustees.seat_trustees, played.project, by=by, persons=wrong).code == "trustees-incomplete"
    wrong = [*persons[:3], cast["auditor"].person.public_id]
    assert refused(seat_trustees.seat_trustees, played.project, by=by, persons=wrong).code == "not-a-trustee"


def test_a_key_is_made_by_its_own_trustee_only_and_stands_after_the_announcement(cast: play.Cast) -> None:
    played = play.a_project(cast)
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    recipient = play.agefile.recipient_of(play.agefile.new_secret())
    keeper, other = cast["keeper"], cast["op_keeper"]

    def key(by: Player, signer: Player, role: str) -> None:
        signed = signer.sign(play.trustee_digest(played.project, role, recipient))
        seat_trustees.make_trustee_key(played.project, by=by.actor(), recipient=recipient, **signed)

    assert refused(key, cast["officer"], keeper, "采购人").code == "not-found"
    assert refused(key, keeper, other, "采购人").code == "certificate-of-other-person"
    assert refused(key, keeper, keeper, "审计").code == "signature-invalid"
    play.announced(played)
    assert refused(key, keeper, keeper, "采购人").code == "policy-is-fixed"


# -- delegation and mandate ------------------------------------------------------------------------------------------


def delegated(cast: play.Cast, start: Any, end: Any) -> Any:
    group = cast.organisations["group"]
    return manage_members.give_delegation(
        by=cast["admin"].actor(), taker=group, basis="集团集中采购办法", valid_from=start, valid_to=end
    )


def groups_plan(cast: play.Cast, officer: Player) -> Any:
    return plan(
        by=officer.actor(),
        buyer=cast.organisations["buyer"],
        year=2026,
        title="集中采购",
        purpose="统一采购",
        category="综合",
        budget_fen=1,
        funding="自有资金",
    )


def test_a_group_acts_for_its_subsidiary_only_within_a_recorded_delegation(cast: play.Cast) -> None:
    officer = play.member(cast["group"], "何办", "groupofficer@yunling.example", "buyer-officer")
    assert refused(groups_plan, cast, officer).code == "not-found"
    now = clock.now()
    delegated(cast, now + DAY, now + 3 * DAY)
    assert refused(groups_plan, cast, officer).code == "not-found"
    play.until(now + DAY)
    groups_plan(cast, officer)
    play.until(now + 3 * DAY)
    assert refused(groups_plan, cast, officer).code == "not-found"


def test_a_delegation_has_a_lawful_span_and_a_known_taker_and_its_giver_is_asked(cast: play.Cast) -> None:
    now = clock.now()
    for end in (now, now - SECOND):
        assert refused(delegated, cast, now, end).field == "valid_to"
    common = {"basis": "x", "valid_from": now, "valid_to": now + DAY}
    by = cast["admin"].actor()
    for taker in (cast.organisations["buyer"], cast.organisations["supplier1"], "O-nowhere"):
        assert refused(manage_members.give_delegation, by=by, taker=taker, **common).code == "taker-unknown"
    for key in ("officer", "group", "supplier1"):
        by = cast[key].actor()
        if key == "group":  # an administrator too, but what he gives is his own house's
            continue
        taker = cast.organisations["group"]
        assert refused(manage_members.give_delegation, by=by, taker=taker, **common).code == "forbidden"
    assert not Delegation.objects.exists()


def test_an_agency_drafts_only_its_own_project_and_only_while_its_mandate_runs(cast: play.Cast) -> None:
    agent = play.house(cast, "agency", "agency", "云岭招标代理有限公司", "代理", "agent", "yunling.example")
    agency, source, now = cast.organisations["agency"], play.a_plan(cast), clock.now()
    asked: dict[str, Any] = {
        "plan": source,
        "title": "代理项目",
        "budget_fen": 1_00,
        "method": "open_tender",
        "reason_code": "policy",
        "method_reason": "制度",
        "agency": agency,
    }
    assert refused(initiate, by=cast["officer"].actor(), **asked).code == "no-mandate"
    given = {"agency": agency, "scope": "全部", "valid_from": now, "valid_to": now + DAY}
    manage_members.give_mandate(by=cast["admin"].actor(), **given)
    project = str(initiate(by=cast["officer"].actor(), **asked).subject_id)
    other = str(initiate(by=cast["officer"].actor(), **asked | {"agency": ""}).subject_id)
    for one in (project, other):
        play.initiating.approve_method(one, by=cast["approver"].actor())
    drafting.draft(project, by=agent.actor(), fields={"opening_place": "线上"})
    assert refused(drafting.draft, other, by=agent.actor(), fields={}).code == "forbidden"
    play.until(now + DAY)
    assert refused(drafting.draft, project, by=agent.actor(), fields={}).code == "forbidden"
    assert Mandate.objects.count() == 1


def test_a_delegation_ends_before_its_time_only_by_its_giver_and_once(cast: play.Cast) -> None:
    officer = play.member(cast["group"], "何办", "groupofficer@yunling.example", "buyer-officer")
    now = clock.now()
    given = delegated(cast, now, now + 3 * DAY).facts["delegation"]
    groups_plan(cast, officer)
    end = manage_members.end_delegation
    assert refused(end, by=cast["officer"].actor(), delegation=given).code == "forbidden"
    assert refused(end, by=cast["group"].actor(), delegation=given).code == "not-found"
    assert end(by=cast["admin"].actor(), delegation=given).tag == "organisation:end-delegation"
    assert refused(groups_plan, cast, officer).code == "not-found"
    assert refused(end, by=cast["admin"].actor(), delegation=given).code == "not-found"


def test_an_agency_whose_mandate_is_taken_back_is_told_and_drafts_no_more(cast: play.Cast) -> None:
    agent = play.house(cast, "agency", "agency", "云岭招标代理有限公司", "代理", "agent", "yunling.example")
    agency, now = cast.organisations["agency"], clock.now()
    given = {"agency": agency, "scope": "全部", "valid_from": now, "valid_to": now + DAY}
    mandate = manage_members.give_mandate(by=cast["admin"].actor(), **given).facts["mandate"]
    asked = {"budget_fen": 1_00, "method": "open_tender", "reason_code": "policy", "method_reason": "制度"}
    officer = cast["officer"].actor()
    made = initiate(by=officer, plan=play.a_plan(cast), title="代理项目", agency=agency, **asked)
    project = str(made.subject_id)
    play.initiating.approve_method(project, by=cast["approver"].actor())
    drafting.draft(project, by=agent.actor(), fields={"opening_place": "线上"})
    manage_members.end_mandate(by=cast["admin"].actor(), mandate=mandate)
    assert refused(drafting.draft, project, by=agent.actor(), fields={}).code == "forbidden"
    assert agent.person.notifications.filter(kind="mandate-ended").count() == 1
    assert refused(manage_members.end_mandate, by=cast["admin"].actor(), mandate=mandate).code == "not-found"


def test_another_group_sees_and_touches_nothing_of_a_draft(cast: play.Cast) -> None:
    played = play.a_project(cast)
    rival = play.house(cast, "rival", "buyer", "海滨集团有限公司", "郑敌", "rival", "rival.example")
    people = [rival] + [
        play.member(rival, f"郑{n}", f"{n}@rival.example", role)
        for n, role in enumerate(("buyer-officer", "buyer-publisher", "buyer-reviewer", "buyer-approver"))
    ]
    for player in people:
        assert not Project.objects.visible_to(player.actor(), clock.now()).filter(public_id=played.project).exists()
        with pytest.raises(Refused):
            drafting.draft(played.project, by=player.actor(), fields={"title": "夺走"})
        with pytest.raises(Refused):
            drafting.submit_review(played.project, by=player.actor())
