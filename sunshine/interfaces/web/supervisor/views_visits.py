"""From where bids came: age files that only the inspecting body's own key reads, on its own machine."""

import io
import zipfile

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sunshine.domain.bidding.queries import visits as records
from sunshine.interfaces.web.gate import never_cached
from sunshine.interfaces.web.supervisor import door


@door.overseer
@require_GET
def visits(request: HttpRequest, public_id: str) -> HttpResponse:
    """A ZIP with one `<lid id>.age` for each record in the project's boxes; there is none before the opening."""
    row = door.project_or_404(request, public_id)
    if row.stage not in ("opening", "opened"):
        raise Http404
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for lid, sealed in records.visits(row.public_id):
            archive.writestr(zipfile.ZipInfo(f"{lid}.age"), sealed)
    answer = HttpResponse(out.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="visits-{row.public_id}.zip"'
    return never_cached(answer)
