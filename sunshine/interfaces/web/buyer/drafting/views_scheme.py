"""评标办法: the editor of the scoring rule, with a worked example beside it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sunshine.domain.sourcing.queries import buyer_draft
from sunshine.flows.draft import draft
from sunshine.interfaces.web.buyer.drafting import forms_scheme
from sunshine.interfaces.web.buyer.drafting.desk import actor, desk, is_autosave, piece, say
from sunshine.interfaces.web.buyer.drafting.forms_scheme import SchemeForm, SchemeRows
from sunshine.interfaces.web.buyer.drafting.views_draft import after, clash, draft_or_404, show_section
from sunshine_proof.errors import ProofError

DECIMALS = ("0", "1", "2", "3", "4")


def _forms(project: Any, data: Any) -> tuple[SchemeForm, Any]:
    rows = SchemeRows(data, initial=None if data else forms_scheme.rows_of(project.scheme), prefix="row")
    if data:
        count = range(min(int(data.get("row-TOTAL_FORMS") or 0), forms_scheme.MOST)) if _whole(data) else range(0)
        named = [(data.get(f"row-{n}-key", ""), data.get(f"row-{n}-name", "")) for n in count]
    else:
        named = [(row["key"], row["name"]) for row in forms_scheme.rows_of(project.scheme)]
    criteria = [(key, name) for key, name in named if key and name]
    start = forms_scheme.start_of(project.scheme)
    form = SchemeForm(data, initial=start, criteria=criteria, mandatory=project.is_mandatory())
    return form, rows


def _whole(data: Any) -> bool:
    text = data.get("row-TOTAL_FORMS", "")
    return text.isascii() and text.isdigit() and len(text) < 4


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def scheme(request: HttpRequest, project_id: str) -> HttpResponse:
    """`…/draft/scheme/`."""
    project = draft_or_404(request, project_id)
    form, rows = _forms(project, request.POST if request.method == "POST" else None)
    conflict = None
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            made = forms_scheme.checked(forms_scheme.scheme_of(form, rows), mandatory=project.is_mandatory())
        except ProofError as error:
            form.add_error(None, forms_scheme.trouble(error))
        else:
            with buyer_draft.turn(project):
                conflict = clash(request, project, fields=["scheme"])
                if conflict is None:
                    draft(project_id, by=actor(request), fields={"scheme": made})
            if not is_autosave(request) and conflict is None:
                say(request, _("评标办法已保存。"))
                return after(request, project, "scheme")
    if is_autosave(request):
        return HttpResponse(status=409 if conflict else 422 if form.errors or not rows.is_valid() else 204)
    bad = form.is_bound and (form.errors or not rows.is_valid())
    context = {"form": form, "rows": rows, "clash": conflict, **_beside(_typed(request, project))}
    return show_section(request, project, "scheme", context, status=409 if conflict else 422 if bad else 200)


def _typed(request: HttpRequest, project: Any) -> Any:
    """The values the example is worked with: what was sent, else what is saved or proposed."""
    if request.method == "POST":
        return request.POST
    start = forms_scheme.start_of(project.scheme)
    marks = {f"row-{n}-full_mark": row["full_mark"] for n, row in enumerate(forms_scheme.rows_of(project.scheme))}
    return {name: str(value) for name, value in start.items()} | marks


def _beside(data: Any) -> dict[str, Any]:
    """The sum of marks so far, and the published example under the price's full mark."""
    price = data.get("price_mark", "")
    marks = [price, *(data.get(f"row-{n}-full_mark", "") for n in range(forms_scheme.MOST))]
    decimals = data.get("decimals", "2")
    mode = data.get("mode", "half-up")
    places = int(decimals) if decimals in DECIMALS else 2
    rounding = mode if mode in forms_scheme.ROUNDINGS else "half-up"
    return {
        "total": forms_scheme.total_of(marks),
        "full_mark": price,
        "example": forms_scheme.example(price, places, rounding),
    }


@desk
@require_safe
def example(request: HttpRequest, project_id: str) -> HttpResponse:
    """The example as the form is typed: a fragment."""
    draft_or_404(request, project_id)
    return piece(request, "_example.html", _beside(request.GET), f"/buyer/projects/{project_id}/draft/scheme/")
