"""The shapes of the API's requests and answers. Money is fen in text; times carry their zone."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from sunshine.domain.sourcing.lifecycle import LOT, PROJECT

Verb = Literal[tuple(sorted({*PROJECT.steps, *LOT.steps}))]  # type: ignore[valid-type]


class Strict(Schema):
    """What a client sends: a misspelt member is an error, not silence."""

    model_config = ConfigDict(extra="forbid")


class Refusal(Schema):
    """Why not: a stable code, a sentence, the article behind it, the input it speaks of, further refusals."""

    code: str
    text: str
    article: str = ""
    field: str = ""
    rows: list["Refusal"] = []


class Named(Schema):
    id: str
    name: str


class NoticeLine(Schema):
    id: str
    kind: str
    title: str
    revision: int
    project: str
    lot: str
    buyer: Named
    region: str
    category: str
    method: str
    budget_fen: str
    bids_due_at: datetime | None
    published_at: datetime
    digest: str


class NoticeWhole(NoticeLine):
    """content is the structured notice; its RFC 8785 bytes hash to digest."""

    content: dict[str, Any]
    superseded_by: str = ""


class Notices(Schema):
    items: list[NoticeLine]
    next: str = Field(description="pass as `after` to go on; empty at the end")


class LotLine(Schema):
    id: str
    number: int
    title: str
    ocid: str
    round: int
    stage: str
    hold: str


class ProjectLine(Schema):
    id: str
    title: str
    buyer: Named
    method: str
    category: str
    region: str
    budget_fen: str
    stage: str
    hold: str
    announced_at: datetime
    bids_due_at: datetime | None
    opened_at: datetime | None
    lots: list[LotLine]


class Projects(Schema):
    items: list[ProjectLine]
    next: str = Field(description="pass as `after` to go on; empty at the end")


class Story(ProjectLine):
    state: str
    accepts_bids: bool
    agency: str
    purpose: str
    notices: list[NoticeLine]


class PossibleStep(Schema):
    verb: Verb  # type: ignore[valid-type]
    label: str
    target: str
    refusal: Refusal | None


class Steps(Schema):
    id: str
    stage: str
    hold: str
    steps: list[PossibleStep]


class Done(Schema):
    """The event of an act: its tag, its number among the subject's events, the trusted time, the facts."""

    tag: str
    subject: str
    seq: int
    at: datetime
    stage: str
    facts: dict[str, Any]


class Opinion(Strict):
    opinion: str


class Reason(Strict):
    reason: str


class Reasons(Strict):
    reasons: str = ""


class Answer(Strict):
    enquiry: str
    text: str


class Changes(Strict):
    opening_place: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    questions_due_at: AwareDatetime | None = None
    bids_due_at: AwareDatetime | None = None


class Clarification(Strict):
    text: str
    affects_preparation: bool
    changes: Changes = Changes()


class PanelDraw(Strict):
    experts: int = Field(ge=0, le=99)
    specialty: str
    supervisor: str
    operator: str
    representatives: list[str] = []
    alternates: int | None = Field(default=None, ge=1, le=99)
    reveal_minutes: int = Field(default=30, ge=1, le=1440)


class FactorDraw(Strict):
    choices: list[str] = Field(min_length=2, max_length=1000)
    supervisor: str
    operator: str
    reveal_minutes: int = Field(default=30, ge=1, le=1440)


class Decision(Strict):
    rank: int = Field(default=1, ge=1, le=99)
    reason: str = ""
