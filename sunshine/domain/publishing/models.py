"""What everyone may read: notices (immutable), pages with versions; and each person's own notifications."""

from django.db import models
from django.db.models import F

from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.ids import PublicIdField


class Notice(models.Model):
    """公告: immutable and structured (domain.md §9). A correction is a new revision that supersedes."""

    public_id = PublicIdField(prefix="N")
    kind = models.TextField()
    project = models.ForeignKey(Project, models.PROTECT, related_name="notices")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="notices")
    title = models.TextField()
    revision = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="superseded_by")
    content = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical content
    event = models.ForeignKey("audit.Event", models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    # copied from the content so that the public list needs one table only
    buyer_name = models.TextField()
    buyer_id_text = models.TextField()
    region = models.TextField(default="")
    category = models.TextField(default="")
    method = models.TextField(default="")
    budget_fen = models.BigIntegerField(null=True)
    bids_due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("published_at").desc(), F("id").desc(), name="notice_newest"),
            models.Index(fields=["kind", "-published_at"], name="notice_kind_newest"),
        ]

    def __str__(self) -> str:
        return self.title


class Page(models.Model):
    """A portal page, news item or help article; each edit is a new version, the newest published one is shown."""

    class Kind(models.TextChoices):
        NEWS = "news", "新闻"
        POLICY = "policy", "政策"
        HELP = "help", "帮助"
        ABOUT = "about", "关于"

    kind = models.TextField(choices=Kind)
    slug = models.SlugField()
    version = models.PositiveSmallIntegerField()
    language = models.TextField(default="zh-hans")
    title = models.TextField()
    summary = models.TextField(default="", blank=True)
    body = models.TextField()  # Markdown-like plain paragraphs, rendered escaped
    source = models.TextField(default="本站原创")
    author = models.TextField(default="", blank=True)
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "language", "version"], name="page_version_once")]
        indexes = [models.Index(fields=["kind", "-written_at"])]


class Notification(models.Model):
    """A line in a person's inbox: the key of a sentence with its values, and where to go."""

    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="notifications")
    kind = models.TextField()
    values = models.JSONField(default=dict)
    url = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-sent_at"])]
