"""The notices of a project as its supervisor lists them."""

from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Project


def notices(project: Project) -> list[Notice]:
    """Every notice, newest first, without the content."""
    return list(Notice.objects.filter(project=project).defer("content").order_by("-published_at", "-pk"))
