"""Plans, projects, lots, items: what is bought, why, under which rules and by when."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Mandate, Organisation, acts_for, pair
from sunshine.domain.sourcing import sealing
from sunshine.domain.sourcing.lifecycle import LOT, PLAN, PROJECT
from sunshine.domain.sourcing.rules import pack_of
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField
from sunshine.foundation.money import FenField

OVER = ("contract_signed", "failed", "retendered", "terminated")  # stages of a lot that nothing of its bids follows
PUBLIC = ("announced", "opening", "opened", "terminated")
BEFORE_ANNOUNCEMENT = ("method_approved", "draft", "in_review", "reviewed")


class Plan(models.Model):
    """Approved demand for a period: purpose and money."""

    public_id = PublicIdField(prefix="PL")
    buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField()
    title = models.TextField()
    purpose = models.TextField()
    category = models.TextField()
    budget_fen = FenField()
    funding = models.TextField()
    investment = models.TextField(default="", blank=True)  # 投资项目批文号
    stage = models.TextField(default=PLAN.initial, editable=False)
    note = models.TextField(default="", blank=True)  # why it was returned
    created_at = models.DateTimeField()
    created_by = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            pair("approved_at", "approved_by", "plan_approved_pair"),
            models.CheckConstraint(condition=Q(budget_fen__gt=0), name="plan_budget_positive"),
        ]

    def __str__(self) -> str:
        return self.title

    def involves(self, actor: Actor, permission: str) -> bool:
        """The buyer and its delegates write; the group above approves and reads."""
        if permission in ("buyer:plan:approve", "buyer:project:read"):
            return actor.active and self.buyer.path.startswith(actor.tree)
        return acts_for(actor, self.buyer, actor.at)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, actor: Actor, at: datetime) -> "ProjectQuerySet":
        """What this actor may see: everyone the public stages, buyers their tree, agencies their mandates."""
        seen = Q(announced_at__isnull=False)
        if actor.kind == "agency" and actor.active:
            seen |= Q(agency_id=actor.organisation_pk)
        if "buyer:project:read" in actor.permissions and actor.kind != "agency" and actor.active:
            seen |= Q(buyer__path__startswith=actor.tree)
        if actor.permissions & {"supervisor:project:read", "operator:project:read"} and actor.active:
            seen |= Q(buyer__path__startswith=actor.tree) if actor.kind == "buyer" else ~Q(stage="initiated")
        return self.filter(seen)


class Project(models.Model):
    """One procurement procedure (采购项目). ``method`` is a key of methods/*.toml, pinned at announcement."""

    public_id = PublicIdField(prefix="P")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="projects")
    buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="projects")
    agency = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="run_projects")
    title = models.TextField()
    purpose = models.TextField()
    category = models.TextField()
    funding = models.TextField()
    region = models.TextField(default="", blank=True)
    budget_fen = FenField()
    method = models.TextField(default="open_tender")
    reason_code = models.TextField(default="", blank=True)
    method_reason = models.TextField(default="", blank=True)
    pack_sha256 = models.CharField(max_length=64, default="", blank=True)
    contact_name = models.TextField(default="", blank=True)
    contact_phone = models.TextField(default="", blank=True)
    consortium_allowed = models.BooleanField(default=False)
    documents_fee_fen = FenField(default=0)
    performance_bond_percent = models.PositiveSmallIntegerField(default=0)
    objection_channel = models.TextField(default="", blank=True)
    contract_terms = models.TextField(default="", blank=True)
    scheme = models.JSONField(default=dict)  # scheme/1 of sunshine_proof.ranking
    documents_from = models.DateTimeField(null=True, blank=True)
    documents_to = models.DateTimeField(null=True, blank=True)
    questions_due_at = models.DateTimeField(null=True, blank=True)
    bids_due_at = models.DateTimeField(null=True, blank=True)
    opening_place = models.TextField(default="", blank=True)
    bid_validity_days = models.PositiveSmallIntegerField(default=90)
    envelopes = models.CharField(max_length=3, default=sealing.ONE)
    sealing = models.CharField(max_length=1, default=sealing.TRUSTEES)
    decrypt_window = models.DurationField(default=timedelta(hours=2))
    decrypt_remedy = models.TextField(default="", blank=True)
    too_few_after_decrypt = models.TextField(default="continue")  # law.md §5: the documents say; default continue
    stage = models.TextField(default=PROJECT.initial, editable=False)
    hold = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    drafted_by = models.TextField(default="", blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.TextField(default="", blank=True)
    announced_at = models.DateTimeField(null=True)
    announced_by = models.TextField(default="", blank=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.TextField(default="", blank=True)
    review_note = models.TextField(default="", blank=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="next_rounds")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            pair("reviewed_at", "reviewed_by", "project_reviewed_pair"),
            pair("announced_at", "announced_by", "project_announced_pair"),
            pair("opened_at", "opened_by", "project_opened_pair"),
            models.CheckConstraint(condition=Q(budget_fen__gt=0), name="project_budget_positive"),
            models.CheckConstraint(condition=Q(sealing__in=sealing.MODES), name="project_sealing_known"),
            models.CheckConstraint(condition=Q(envelopes__in=sealing.ENVELOPES), name="project_envelopes_known"),
        ]
        indexes = [
            models.Index(F("announced_at").desc(), name="project_announced_desc"),
            models.Index(fields=["stage", "bids_due_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    def involves(self, actor: Actor, permission: str) -> bool:
        """Least privilege per row: buyers act for themselves or by delegation, agencies by this project's mandate."""
        door = permission.partition(":")[0]
        if door == "supplier":
            return self.announced_at is not None
        if door in ("supervisor", "operator"):
            return actor.active and (actor.kind != "buyer" or self.buyer.path.startswith(actor.tree))
        if door in ("trustee", "expert", "clock"):
            return True  # narrowed by the seat, the panel membership or the act itself
        if actor.kind == "agency":
            return actor.active and self.agency_id == actor.organisation_pk and self._mandated(actor)
        if permission in ("buyer:project:read", "buyer:method:approve"):
            return actor.active and self.buyer.path.startswith(actor.tree)
        return acts_for(actor, self.buyer, actor.at)

    def _mandated(self, actor: Actor) -> bool:
        live = Mandate.objects.filter(buyer_id=self.buyer_id, agency_id=actor.organisation_pk, ended_at=None)
        return live.filter(valid_from__lte=actor.at, valid_to__gt=actor.at).exists()

    @property
    def two_envelope(self) -> bool:
        """双信封: prices are opened in a second opening, when the panel's technical result is fixed."""
        return self.envelopes == sealing.TWO

    def is_mandatory(self) -> bool:
        """Whether any lot must be tendered by law: then the M rules bind the project's own acts."""
        return any(lot.mandatory for lot in self.lots.all())

    def accepts_bids(self, at: datetime) -> bool:
        """The receiving window: after the announcement, before the deadline instant."""
        return self.stage == "announced" and self.bids_due_at is not None and at < self.bids_due_at

    def accepts_questions(self, at: datetime) -> bool:
        return self.stage == "announced" and (self.questions_due_at is None or at < self.questions_due_at)

    def documents_available(self, at: datetime) -> bool:
        """Once issued, documents stay readable: nobody is helped by hiding them later."""
        return self.announced_at is not None and (self.documents_from is None or at >= self.documents_from)

    @property
    def opens_alone(self) -> bool:
        """Whether each bidder alone opens its bid (mode B): no trustee is needed for the bids, only for draws."""
        return self.sealing == sealing.ALONE

    def seats_may_change(self) -> bool:
        """Trustees are fixed with the announcement. Where they guard no bid, only draws, the first draw fixes them."""
        if self.stage in BEFORE_ANNOUNCEMENT:
            return True
        running = self.stage in PUBLIC and not self.keys_are_done()
        return self.opens_alone and running and not self.lots.filter(draws__isnull=False).exists()

    def keys_are_done(self) -> bool:
        """Nothing of this project can be opened any more: every lot has its contract, or has failed or ended."""
        return self.stage == "terminated" or not self.lots.exclude(stage__in=OVER).exists()

    def holes(self) -> Iterator[Any]:
        """What is still missing before review and announcement, each as a phrase."""
        for name, words in (
            ("purpose", _("采购目的")),
            ("contact_name", _("联系人")),
            ("contact_phone", _("联系电话")),
        ):
            if not getattr(self, name):
                yield _("缺少%(what)s") % {"what": words}
        if not self.scheme:
            yield _("缺少评标办法")
        if not self.objection_channel:
            yield _("缺少异议渠道")
        lots = list(self.lots.prefetch_related("items"))
        if not lots:
            yield _("至少需要一个标段")
        for lot in lots:
            if not lot.items.all():
                yield _("标段%(lot)s没有采购内容") % {"lot": lot.number}
        if not self.criteria.exists():
            yield _("缺少资格条件")
        if not self.documents.exists():
            yield _("缺少招标文件")
        seats = list(self.seats.all())
        if self.opens_alone:
            return  # nobody's key but the bidder's opens a bid: trustees are named before a draw, not before this
        if len(seats) < 4:
            yield _("开标密钥持有人不足四位")
        elif any(not seat.recipient for seat in seats):
            yield _("有开标密钥持有人尚未生成密钥")


class Lot(models.Model):
    """标段／包: awarded separately. ``mandatory`` is a stored, reasoned property; ``hold`` stands beside ``stage``."""

    public_id = PublicIdField(prefix="L")
    project = models.ForeignKey(Project, models.PROTECT, related_name="lots")
    number = models.PositiveSmallIntegerField()
    title = models.TextField()
    ocid = models.TextField(unique=True)
    round = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="next_round")
    mandatory = models.BooleanField()
    mandatory_basis = models.TextField()
    estimate_fen = FenField()
    price_cap_fen = FenField(null=True, blank=True)
    price_cap_basis = models.TextField(default="", blank=True)
    bid_bond_fen = FenField(default=0)
    delivery_days = models.PositiveSmallIntegerField(default=30)
    quality = models.TextField(default="", blank=True)
    stage = models.TextField(default=LOT.initial, editable=False)
    hold = models.TextField(default="", blank=True)
    failure_reason = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="lot_number_once"),
            models.CheckConstraint(condition=~Q(mandatory_basis=""), name="lot_mandatory_has_basis"),
            models.CheckConstraint(condition=Q(estimate_fen__gt=0), name="lot_estimate_positive"),
            models.CheckConstraint(condition=Q(price_cap_fen=None) | Q(price_cap_fen__gt=0), name="lot_cap_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def involves(self, actor: Actor, permission: str) -> bool:
        """As the project; the panel's own acts belong to its members only."""
        if permission.startswith("expert:"):
            panel = getattr(self, "panel", None)
            return (
                panel is not None and panel.members.filter(person_id=actor.person_pk).exclude(stage="recused").exists()
            )
        return self.project.involves(actor, permission)

    def is_mandatory(self) -> bool:
        return self.mandatory

    def number_of_law(self, rule: str, name: str, default: int, at: datetime) -> int:
        """A number of the pack that binds this lot, e.g. the fewest bidders of T07."""
        return pack_of(self.project, at).number(rule, name, default)


class Item(models.Model):
    """采购标的: one line with classification, quantity and unit."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="items")
    number = models.TextField()
    name = models.TextField()
    classification_scheme = models.TextField(default="GB/T 7635", blank=True)
    classification = models.TextField(default="", blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.TextField()
    specification = models.TextField(default="", blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "number"], name="item_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="item_quantity_positive"),
        ]


class QualificationCriterion(models.Model):
    """资格条件: who may bid, with the evidence asked for."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="criteria")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    kind = models.TextField(default="legal")
    evidence = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="criterion_number_once")]


class Document(models.Model):
    """One file of the bidding documents; published files are never replaced, only followed."""

    public_id = PublicIdField(prefix="D")
    project = models.ForeignKey(Project, models.PROTECT, related_name="documents")
    blob = models.ForeignKey("files.Blob", models.PROTECT, related_name="+")
    title = models.TextField()
    kind = models.TextField(default="bidding_documents")  # bidding_documents | amendment
    added_at = models.DateTimeField()
    added_by = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class DocumentReceipt(models.Model):
    """Who obtained the documents: needed to notify changes (法 23), shown to nobody else (办法 21)."""

    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "project"], name="document_receipt_once")]


class TrusteeSeat(models.Model):
    """开标密钥持有人: seat i of the seal policy, with the key its holder made for this project."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="seats")
    i = models.PositiveSmallIntegerField()
    role = models.TextField()  # 采购人 | 平台运营机构 | 纪检监察 | 审计
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    recipient = models.TextField(default="", blank=True)
    signature = models.TextField(default="", blank=True)  # base64 DER, by the certificate
    certificate = models.ForeignKey("vault.Certificate", models.PROTECT, null=True, related_name="+")
    key_made_at = models.DateTimeField(null=True)
    destroy_asked_at = models.DateTimeField(null=True)  # when the holder was last reminded
    destroyed_at = models.DateTimeField(null=True)
    destroyed_word = models.JSONField(default=dict)  # {"statement": key-destroyed/1, "signature", "certificate"}

    class Meta:
        ordering = ["i"]
        constraints = [
            models.UniqueConstraint(fields=["project", "i"], name="trustee_seat_once"),
            models.UniqueConstraint(fields=["project", "person"], name="trustee_person_once"),
            models.CheckConstraint(
                condition=Q(destroyed_at=None, destroyed_word={})
                | (Q(destroyed_at__isnull=False) & ~Q(destroyed_word={})),
                name="seat_destroyed_pair",
            ),
        ]


class Enquiry(models.Model):
    """提问: asked anonymously. There is no column for who asked (法 22: names and number stay secret)."""

    public_id = PublicIdField(prefix="Q")
    project = models.ForeignKey(Project, models.PROTECT, related_name="enquiries")
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [pair("answered_at", "answered_by", "enquiry_answered_pair")]


class Amendment(models.Model):
    """澄清／修改: a change of published documents, for all, with what it does to the deadline."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="amendments")
    seq = models.PositiveSmallIntegerField()
    text = models.TextField()
    affects_preparation = models.BooleanField()
    changes = models.JSONField(default=dict)  # field → [before, after]
    issued_at = models.DateTimeField()
    issued_by = models.TextField()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["project", "seq"], name="amendment_seq_once")]
