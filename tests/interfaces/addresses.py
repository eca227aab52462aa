"""Every address of the house, reviewed: who may open it. A new address that stands in none of these lists fails the walk.

PUBLIC     anyone, logged in or not
PERSONAL   anyone who is logged in, and only about themselves
WORK       one kind of work: an owner who is let in, while strangers to the object are not
"""

from dataclasses import dataclass, field

from tests.interfaces.addresses_open import PERSONAL, PUBLIC

__all__ = ["PERSONAL", "PUBLIC", "WORK", "Case"]


@dataclass(frozen=True)
class Case:
    """One address of somebody's work.

    owner    key of the player who gets 200 (a POST-only address: anything but a refusal at the door)
    ids      argument of the address → name of a real object of tests.interfaces.world
    open_to  doors whose other people may come in as well: they see their own things, or what is public
    post     the address only takes POST
    answer   what the owner gets where it is not 200: some addresses only lead on
    htmx     the address answers with a fragment, asked for by a page that stands already
    body     what is posted as JSON: well-formed, so that only the door can refuse it
    """

    owner: str
    ids: dict[str, str] = field(default_factory=dict)
    open_to: tuple[str, ...] = ()
    post: bool = False
    answer: int = 200
    htmx: bool = False
    body: dict[str, object] | None = None


def cases(door: str, owner: str, table: dict[str, dict[str, str]], **more: object) -> dict[str, Case]:
    return {f"{door}:{name}": Case(owner, ids, **more) for name, ids in table.items()}  # type: ignore[arg-type]


_DRAFT = {"project_id": "draft"}
_DRAFT_LOT = _DRAFT | {"lot_id": "draft_lot"}
_DRAFTING = {
    **cases(
        "drafting",
        "officer",
        {
            "plan": {"plan_id": "plan"},
            "edit-plan": {"plan_id": "plan_draft"},
            "initiate": {"plan_id": "plan"},
            "project": _DRAFT,
            "history": _DRAFT,
            "document": _DRAFT | {"document_id": "draft_document"},
            "clarify": {"project_id": "open"},
            "questions": {"project_id": "open"},
            "draft-basics": _DRAFT,
            "draft-criteria": _DRAFT,
            "draft-timetable": _DRAFT,
            "draft-trustees": _DRAFT,
            "draft-check": _DRAFT,
            "draft-scheme": _DRAFT,
            "draft-files": _DRAFT,
            "draft-lots": _DRAFT,
            "draft-lot": _DRAFT_LOT,
            "draft-sheet": _DRAFT_LOT,
        },
    ),
    **cases(
        "drafting",
        "officer",
        {
            "draft-submit": _DRAFT,
            "draft-remove-file": _DRAFT | {"document_id": "draft_document"},
            "draft-items": _DRAFT_LOT,
            "draft-copy-lot": _DRAFT_LOT,
            "draft-remove-lot": _DRAFT_LOT,
        },
        post=True,
    ),
    **cases("drafting", "officer", {"today": {}, "approvals": {}, "plans": {}, "projects": {}}, open_to=("buyer",)),
    **cases("drafting", "officer", {"new-plan": {}, "members": {}, "organisation": {}}, open_to=("buyer",)),
    **cases("drafting", "officer", {"draft": _DRAFT}, answer=302),
    **cases(
        "drafting",
        "officer",
        {"draft-law": _DRAFT, "draft-example": _DRAFT, "clarify-effect": {"project_id": "open"}},
        htmx=True,
    ),
    **cases("drafting", "admin", {"new-member": {}, "new-delegation": {}, "new-mandate": {}}, open_to=("buyer",)),
    **cases("drafting", "admin", {"member": {"person_id": "member"}}),
    **cases("drafting", "admin", {"end-member": {"person_id": "member"}}, post=True),
    **cases(
        "drafting",
        "admin",
        {"end-delegation": {"record_id": "delegation"}, "end-mandate": {"record_id": "mandate"}},
        post=True,
    ),
    **cases("drafting", "approver", {"method": _DRAFT}),
    **cases("drafting", "approver", {"decide-plan": {"plan_id": "plan_draft"}}, post=True),
    **cases("drafting", "reviewer", {"review": {"project_id": "in_review"}}),
    **cases("drafting", "publisher", {"announce": {"project_id": "reviewed"}, "terminate": {"project_id": "open"}}),
}

_RUNNING = {
    **cases(
        "running",
        "officer",
        {
            "hall": {"project_id": "opening"},
            "open": {"project_id": "due"},
            "settle": {"project_id": "opening"},
            "confirm-record": {"project_id": "opening"},
            "record": {"project_id": "contracted"},
            "panel": {"lot_id": "opened_lot"},
            "factor": {"lot_id": "opened_lot"},
            "abandon-draw": {"lot_id": "drawing_lot", "draw_id": "silent_draw"},
            "evaluation": {"lot_id": "signed_lot"},
            "report-json": {"lot_id": "signed_lot"},
            "report-csv": {"lot_id": "signed_lot"},
            "report-xlsx": {"lot_id": "signed_lot"},
            "bid-file": {"lot_id": "opened_lot", "bid_id": "opened_bid", "number": "one"},
            "prices": {"lot_id": "pricing_lot"},
            "prices-open": {"lot_id": "shut_lot"},
            "prices-settle": {"lot_id": "pricing_lot"},
            "prices-confirm": {"lot_id": "pricing_lot"},
            "prices-record": {"lot_id": "priced_lot"},
            "fail": {"lot_id": "opened_lot"},
            "retender": {"lot_id": "failed_lot"},
            "contract-page": {"contract_id": "contract"},
            "objection": {"objection_id": "objection"},
            "evidence": {"objection_id": "objection"},
        },
    ),
    **cases(
        "running",
        "publisher",
        {
            "candidates": {"lot_id": "published_lot"},
            "publish": {"lot_id": "signed_lot"},
            "award": {"lot_id": "published_lot"},
            "notify": {"lot_id": "awarded_lot"},
        },
    ),
    **cases("running", "officer", {"contract": {"lot_id": "contracted_lot"}}, answer=302),
    **cases("running", "officer", {"decrypt": {"project_id": "opening"}}, post=True),
    **cases("running", "officer", {"prices-decrypt": {"lot_id": "pricing_lot"}}, post=True),
    **cases("running", "signatory", {"sign": {"contract_id": "drafted_contract"}}, post=True),
    **cases("running", "officer", {"contracts": {}, "objections": {}}, open_to=("buyer",)),
}

_SUPPLIER = {
    **cases(
        "supplier",
        "supplier1",
        {
            "today": {},
            "opportunities": {},
            "project": {"project_id": "open"},
            "hall": {"project_id": "opening"},
            "new-objection": {"project_id": "open"},
            "prepare": {"lot_id": "open_lot"},
            "bids": {},
            "results": {},
            "objections": {},
            "contracts": {},
            "organisation": {},
            "members": {},
        },
        open_to=("supplier",),
    ),
    **cases(
        "supplier",
        "supplier1",
        {
            "document": {"project_id": "open", "document_id": "open_document"},
            "ask": {"project_id": "open"},
        },
        open_to=("supplier",),
        post=True,
    ),
    **cases(
        "supplier",
        "supplier1",
        {
            "result": {"bid_id": "contracted_bid"},
            "objection": {"objection_id": "objection"},
            "evidence": {"objection_id": "objection"},
            "member-roles": {"person": "colleague"},
            "end-member": {"person": "colleague"},
        },
    ),
    **cases(
        "supplier",
        "supplier1",
        {"token": {"lot_id": "open_lot"}},
        open_to=("supplier",),
        post=True,
        body={"blinded": "AA=="},
    ),
    **cases("supplier", "supplier1", {"drop-objection": {"objection_id": "objection"}}, post=True),
    **cases("supplier", "winner", {"contract": {"contract_id": "contract"}}),
}

_SIGNED = {"signature": "AA==", "certificate": "C-0000000000"}
_KEY = _SIGNED | {"recipient": "age1"}
_ENTRY = {"lid": "00", "part": "tech", "y": "00"}
_RELEASE = _SIGNED | {"releases": [_ENTRY], "statement": {"v": "seal-release/1"}}
_COMMIT = {"commit": "00" * 32, "lid": {}, "body": ""}
_REVEAL = {"r": "00" * 32, "checkpoint": "00" * 32}
_WORD = {"statement": {}, "signature": "", "certificate": ""}
_TRUSTEE = {
    **cases("trustee", "keeper", {"seats": {}}, open_to=("trustee",)),
    **cases("trustee", "keeper", {"seat": {"project_id": "draft"}, "release": {"lot_id": "opening_lot"}}),
    **cases("trustee", "keeper", {"state": {"lot_id": "opening_lot"}, "shares": {"lot_id": "opening_lot"}}),
    **cases("trustee", "keeper", {"opening-file": {"lot_id": "opening_lot"}}),
    **cases(
        "trustee", "keeper", {"card": {"project_id": "draft"}, "release-file": {"lot_id": "opening_lot"}}, post=True
    ),
    **cases("trustee", "keeper", {"key": {"project_id": "draft"}}, post=True, body=_KEY),
    **cases("trustee", "keeper", {"releases": {"lot_id": "opening_lot"}}, post=True, body=_RELEASE),
    **cases("trustee", "keeper", {"draw": {"draw_id": "silent_draw"}, "draw-shares": {"draw_id": "silent_draw"}}),
    **cases("trustee", "keeper", {"draw-releases": {"draw_id": "silent_draw"}}, post=True, body=_RELEASE),
    **cases("draws", "officer", {"party": {"draw": "silent_draw"}}),
    **cases("draws", "officer", {"commit": {"draw": "silent_draw"}}, post=True, body=_COMMIT),
    **cases("draws", "officer", {"reveal": {"draw": "silent_draw"}}, post=True, body=_REVEAL),
    **cases("trustee", "keeper", {"destroyed": {"project_id": "draft"}}, post=True, body=_WORD),
    **cases("trustee", "keeper", {"destroyed-file": {"project_id": "draft"}}, post=True),
}

_PRESENT = {"member_id": "present_seat"}
_PRICING = {"member_id": "pricer_seat"}
_EXPERT = {
    **cases("expert", "expert1", {"duties": {}}, open_to=("expert",)),
    **cases(
        "expert",
        "present",
        {
            "room": _PRESENT,
            "recuse": _PRESENT,
            "scores": _PRESENT,
            "lock": _PRESENT,
            "bid-file": _PRESENT | {"bid_id": "judging_bid", "number": "one"},
        },
    ),
    **cases("expert", "present", {"save": _PRESENT | {"bid_id": "judging_bid"}}, post=True),
    **cases("expert", "pricer", {"lock-prices": _PRICING}),
    **cases("expert", "pricer", {"judge-price": _PRICING | {"bid_id": "priced_bid"}}, post=True),
    **cases("expert", "drawn", {"check-in": {"member_id": "drawn_seat"}}, post=True),
    **cases("expert", "chair", {"rank": {"member_id": "chair_seat"}, "reopen": {"member_id": "chair_seat"}}, post=True),
    **cases("expert", "signer", {"report-json": {"member_id": "signer_seat"}}),
    **cases("expert", "signer", {"sign": {"member_id": "signer_seat"}}, post=True),
}

_CONTRACTED = {"public_id": "contracted"}
_SUPERVISOR = {
    **cases("supervisor", "inspector", {"today": {}, "projects": {}, "inspection": {}}, open_to=("supervisor",)),
    **cases("supervisor", "inspector", {"publish-key": {}}, post=True, body={"recipient": "age1"}),
    **cases(
        "supervisor",
        "auditor",
        {
            "project": _CONTRACTED,
            "history": _CONTRACTED,
            "opening": _CONTRACTED,
            "visits": _CONTRACTED,
            "sealed-visits": _CONTRACTED,
            "bid": _CONTRACTED | {"bid_id": "contracted_bid"},
            "bid-file": _CONTRACTED | {"bid_id": "contracted_bid", "number": "one"},
            "document": _CONTRACTED | {"document_id": "contracted_document"},
            "evaluation": _CONTRACTED,
            "results": _CONTRACTED,
        },
    ),
}

_PAGE = {"slug": "slug", "language": "language"}
_OPERATOR = {
    **cases(
        "operator",
        "verifier",
        {
            "today": {},
            "organisations": {},
            "organisation": {"public_id": "applicant"},
            "licence": {"public_id": "applicant"},
            "organisation-act": {"public_id": "applicant", "verb": "verify"},
            "experts": {},
            "expert": {"public_id": "expert"},
            "expert-act": {"public_id": "expert", "verb": "suspend"},
            "pages": {},
            "page-new": {},
            "page": _PAGE,
            "page-version": _PAGE | {"version": "one"},
            "calendar": {},
            "health": {},
            "clock": {},
            "settings": {},
            "witnesses": {},
            "witness-end": {"public_id": "witness"},
            "log-alarm": {"public_id": "log_alarm"},
        },
    ),
    **cases("operator", "verifier", {"retry": {}}, post=True),
}

_API = {
    **cases("api-v1", "officer", {"project_steps": {"public_id": "draft"}, "lot_steps": {"public_id": "open_lot"}}),
    **cases(
        "api-v1",
        "officer",
        {
            "project_submit_review": {"public_id": "draft"},
            "project_answer": {"public_id": "open"},
            "project_clarify": {"public_id": "open"},
            "project_open_bids": {"public_id": "due"},
            "project_confirm_opening": {"public_id": "opening"},
            "lot_announce_draw": {"public_id": "opened_lot"},
            "lot_announce_factor": {"public_id": "opened_lot"},
            "lot_open_prices": {"public_id": "shut_lot"},
            "lot_confirm_prices": {"public_id": "pricing_lot"},
            "lot_fail": {"public_id": "opened_lot"},
            "lot_retender": {"public_id": "failed_lot"},
        },
        post=True,
    ),
    **cases("api-v1", "approver", {"project_approve_method": {"public_id": "draft"}}, post=True),
    **cases(
        "api-v1",
        "reviewer",
        {"project_review": {"public_id": "in_review"}, "project_return_draft": {"public_id": "in_review"}},
        post=True,
    ),
    **cases(
        "api-v1",
        "publisher",
        {
            "project_announce": {"public_id": "reviewed"},
            "project_terminate": {"public_id": "open"},
            "lot_publish_candidates": {"public_id": "signed_lot"},
            "lot_award": {"public_id": "published_lot"},
            "lot_notify": {"public_id": "awarded_lot"},
        },
        post=True,
    ),
    **cases(
        "api-v1",
        "chair",
        {"lot_rank": {"public_id": "judging_lot"}, "lot_reopen_scoring": {"public_id": "judging_lot"}},
        post=True,
    ),
}

_OWN = {"profile:revoke-certificate": Case("supplier1", {"certificate_id": "certificate"})}

WORK: dict[str, Case] = {
    **_DRAFTING,
    **_RUNNING,
    **_SUPPLIER,
    **_TRUSTEE,
    **_EXPERT,
    **_SUPERVISOR,
    **_OPERATOR,
    **_API,
    **_OWN,
}
