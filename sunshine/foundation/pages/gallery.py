"""The style gallery at ``/style/``: every component with believable fictional data. Rehearsal installations only."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.money import MoneyField
from sunshine.foundation.pages import gallery_data as data
from sunshine.foundation.pages.grid import Grid, ask
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.foundation.pages.shortcuts import fragment

VIEWS = ("public", "work", "confirm", "print")


class LotForm(forms.Form):
    """A form with every kind of field; what is wrong here is wrong on purpose."""

    title = forms.CharField(label=_("标段名称"), max_length=80, help_text=_("公告里的名称，不超过 80 个字。"))
    price_cap = MoneyField(label=_("最高投标限价"), help_text=_("公开的上限，评标时不得超过。"))
    bids_due = forms.CharField(label=_("投标截止时间"))
    method = forms.ChoiceField(label=_("采购方式"), choices=[("open", _("公开招标")), ("invited", _("邀请招标"))])
    basis = forms.ChoiceField(
        label=_("依法必须招标"),
        choices=[("1", _("是")), ("0", _("否"))],
        widget=forms.RadioSelect,
        help_text=_("决定适用哪些期限。"),
    )
    purpose = forms.CharField(label=_("采购目的"), widget=forms.Textarea, required=False)
    documents = forms.FileField(label=_("采购文件"), required=False)
    agree = forms.BooleanField(label=_("我已核对以上内容与批准的采购方案一致"))


def filled_form() -> LotForm:
    """The form as it comes back with three mistakes."""
    form = LotForm(
        {
            "title": data.LONG_TITLE,
            "price_cap": "12.345",
            "bids_due": "2026-04-01 09:30",
            "method": "open",
            "basis": "1",
        }
    )
    form.add_error("bids_due", _("自招标文件开始发出之日起至提交投标文件截止之日止，最短不得少于二十日。"))
    return form


def gallery(request: HttpRequest) -> HttpResponse:
    """All components on one page; ``?view=work|confirm|print`` shows the other layouts."""
    view = request.GET.get("view", "public")
    if view not in VIEWS:
        raise Http404
    context = {**tables(request.GET), "form": filled_form(), **data.page()}
    return (
        fragment(request, "gallery/_public.html", context)
        if view == "public"
        else render(request, f"gallery/{view}.html", context)
    )


def tables(query: QueryDict) -> dict[str, Any]:
    """Tables of two hundred rows, one row and none."""
    asked = ask(query, data.COLUMNS, data.FILTERS)
    rows = data.projects(200)
    start = (asked.page - 1) * 20
    exports = [Link("CSV", "?export=csv"), Link("XLSX", "?export=xlsx")]
    empty = Empty(
        _("今天没有要开标的项目"), _("投标截止后，这里会列出等待开标的标段。"), Link(_("看看即将截止的项目"), "#")
    )
    title = _("正在进行的项目")
    page = rows[start : start + 20]
    return {
        "many": Grid(title, data.COLUMNS, page, 200, asked, filters=data.FILTERS, per_page=20, exports=exports),
        "one": Grid(_("我的投标"), data.COLUMNS, rows[:1], 1, id="one"),
        "none": Grid(_("待开标"), data.COLUMNS, [], 0, empty=empty, id="none"),
    }
