"""Lots: added, changed, copied, removed; their items typed, pasted, imported and exported."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sunshine.domain.sourcing import bill
from sunshine.domain.sourcing.queries import buyer_draft
from sunshine.flows._run import NotFound
from sunshine.flows.draft import draft
from sunshine.foundation import clock
from sunshine.foundation.files import sniff
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import actor, desk, is_autosave, say
from sunshine.interfaces.web.buyer.drafting.forms_lot import (
    GRID_MOST,
    MAX_SHEET,
    LotForm,
    grid_rows,
    typed_rows,
)
from sunshine.interfaces.web.buyer.drafting.tables import attachment
from sunshine.interfaces.web.buyer.drafting.texts import ITEM_COLUMNS
from sunshine.interfaces.web.buyer.drafting.views_draft import clash, draft_or_404, show_section

MOST_LOTS = 60
Change = Mapping[str, Any]


def save(
    request: HttpRequest,
    project: Any,
    changes: Mapping[str, Change] | None = None,
    new: Sequence[Change] = (),
    drop: str = "",
) -> None:
    """Send all lots to the flow: those named in ``changes`` with new content, the others as they are."""
    with buyer_draft.turn(project):
        rows = [{"id": one, **(changes or {}).get(one, {})} for one in buyer_draft.lot_ids(project) if one != drop]
        draft(project.public_id, by=actor(request), lots=[*rows, *new])


def _home(project: Any) -> str:
    return f"/buyer/projects/{project.public_id}/draft/lots/"


def _form(project: Any, data: Any, lot: Any = None) -> LotForm:
    at = clock.glance()
    bond = buyer_draft.number_of_law(project, "T08", "percent", at)
    start: dict[str, Any] = {"delivery_days": 30}
    if lot is not None:
        start = buyer_draft.lot_fields(lot) | {"mandatory": "1" if lot.mandatory else "0"}
    return LotForm(data, initial=start, bond=bond, cap_article=buyer_draft.article_of_law(project, "T21", at))


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def lots(request: HttpRequest, project_id: str) -> HttpResponse:
    """`…/draft/lots/`: the lots, and a form for a new one."""
    project = draft_or_404(request, project_id)
    form = _form(project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if len(project.lots.all()) >= MOST_LOTS:
            form.add_error(None, _("一个项目最多 %(n)s 个标段。") % {"n": MOST_LOTS})
        else:
            save(request, project, new=[{**form.cleaned_data, "items": []}])
            say(request, _("标段已添加，请填写采购内容。"))
            return redirect(f"{_home(project)}{buyer_draft.lot_ids(project)[-1]}/")
    context = {"form": form, "open": bool(form.is_bound) or not project.lots.all()}
    return show_section(request, project, "lots", context, status=422 if form.is_bound else 200)


def _lot_or_404(request: HttpRequest, project_id: str, lot_id: str) -> tuple[Any, Any]:
    project = draft_or_404(request, project_id)
    lot = buyer_draft.lot_of(project, lot_id)
    if lot is None:
        raise NotFound()
    return project, lot


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def lot(request: HttpRequest, project_id: str, lot_id: str) -> HttpResponse:
    """`…/draft/lots/<id>/`: the fields of one lot and its items."""
    project, found = _lot_or_404(request, project_id, lot_id)
    form = _form(project, request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and form.is_valid():
        conflict = _overwritten(request, project, found)
        if conflict is None:
            save(request, project, {lot_id: form.cleaned_data})
        if is_autosave(request):
            return HttpResponse(status=409 if conflict else 204)
        if conflict is None:
            say(request, _("标段已保存。"))
            return redirect(f"{_home(project)}{lot_id}/")
        return _lot_page(request, project, found, form, clash=conflict, status=409)
    if is_autosave(request):
        return HttpResponse(status=422)
    return _lot_page(request, project, found, form, status=422 if form.is_bound else 200)


def _overwritten(request: HttpRequest, project: Any, lot: Any) -> Refused | None:
    """A clash only if this very lot changed, and somebody else saved lots meanwhile."""
    if request.POST.get("print") in (None, "", buyer_draft.fingerprint(lot)):
        return None
    return clash(request, project, part="lots")


def _lot_page(
    request: HttpRequest,
    project: Any,
    lot: Any,
    form: LotForm,
    *,
    rows: list[dict[str, Any]] | None = None,
    faults: Refused | None = None,
    pasted: str = "",
    clash: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    items = buyer_draft.items_of(lot)
    more = request.GET.get("rows", "")
    extra = min(int(more[:3]), GRID_MOST) if more.isascii() and more.isdigit() else 5
    context = {
        "lot": lot,
        "form": form,
        "print": buyer_draft.fingerprint(lot),
        "columns": [(column, ITEM_COLUMNS[column.key]) for column in bill.COLUMNS],
        "rows": rows if rows is not None else grid_rows(items, extra),
        "item_count": len(items),
        "typed": len(items) <= GRID_MOST,
        "first_items": items[:GRID_MOST],
        "faults": faults,
        "pasted": pasted,
        "most_items": bill.MAX_ITEMS,
        "clash": clash,
    }
    return show_section(request, project, "lots", context, template="draft_lot.html", status=status)


@desk
@require_POST
def items(request: HttpRequest, project_id: str, lot_id: str) -> HttpResponse:
    """`…/items/`: all items of the lot anew, from the table, a pasted block (added below), or an XLSX file."""
    project, found = _lot_or_404(request, project_id, lot_id)
    typed, pasted = typed_rows(request.POST), request.POST.get("pasted", "")
    try:
        given = _given(request, found, typed, pasted)
    except Refused as refused:
        form = _form(project, None, found)
        rows = grid_rows(typed) if typed else None
        return _lot_page(request, project, found, form, rows=rows, faults=refused, pasted=pasted, status=422)
    if conflict := _overwritten(request, project, found):
        form = _form(project, None, found)
        return _lot_page(request, project, found, form, rows=grid_rows(typed) or None, clash=conflict, status=409)
    save(request, project, {lot_id: {"items": given}})
    say(request, _("采购内容已保存，共 %(n)s 行。") % {"n": len(given)})
    return redirect(f"{_home(project)}{lot_id}/#items")


def _given(request: HttpRequest, lot: Any, typed: list[dict[str, str]], pasted: str) -> list[bill.Row]:
    if (sheet := request.FILES.get("sheet")) is not None:
        if not sheet.size or sheet.size > MAX_SHEET:
            raise Refused("sheet-size", _("表格是空的，或超过 20 MB。"), field="sheet")
        return bill.read(sheet)  # type: ignore[arg-type]
    if request.POST.get("by") == "sheet":
        raise Refused("sheet-missing", _("请选择一个 .xlsx 文件。"), field="sheet")
    if pasted.strip():
        before = typed or [{key: str(item[key]) for key in bill.KEYS} for item in buyer_draft.items_of(lot)]
        return bill.read_typed([*(row for row in before if any(row.values())), *bill.parse_block(pasted)])
    return bill.read_typed(typed)


@desk
@require_safe
def sheet(request: HttpRequest, project_id: str, lot_id: str) -> HttpResponse:
    """`…/items.xlsx`: the items as a file that can be imported again; an empty lot gives the form to fill in."""
    _project, found = _lot_or_404(request, project_id, lot_id)
    content = bill.write(buyer_draft.items_of(found), found.title)
    return attachment(HttpResponse(content, content_type=sniff.XLSX), f"{found.number}标段采购清单.xlsx")


@desk
@require_POST
def copy_lot(request: HttpRequest, project_id: str, lot_id: str) -> HttpResponse:
    """`…/copy/`: another lot like this one, items included."""
    project, found = _lot_or_404(request, project_id, lot_id)
    if len(project.lots.all()) >= MOST_LOTS:
        refusal_message(request, Refused("too-many-lots", _("一个项目最多 %(n)s 个标段。") % {"n": MOST_LOTS}))
        return redirect(_home(project))
    fields = buyer_draft.lot_fields(found) | {"title": _("%(title)s（副本）") % {"title": found.title[:70]}}
    save(request, project, new=[{**fields, "items": buyer_draft.items_of(found)}])
    say(request, _("标段已复制。"))
    return redirect(_home(project))


@desk
@require_POST
def remove_lot(request: HttpRequest, project_id: str, lot_id: str) -> HttpResponse:
    """`…/remove/`: nothing of a draft has been public, so it may go."""
    project, found = _lot_or_404(request, project_id, lot_id)
    save(request, project, drop=lot_id)
    say(request, _("标段“%(title)s”已删除。") % {"title": found.title})
    return redirect(_home(project))
