"""Forms of the acts on a project: opinion, termination, clarification, answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.interfaces.web.buyer.drafting.forms_draft import Moment, long_text
from sunshine.interfaces.web.buyer.drafting.texts import FIELDS


class OpinionForm(forms.Form):
    """The reviewer's opinion, or the reason why the draft goes back."""

    opinion = forms.CharField(
        label=_("审查意见"),
        max_length=4000,
        widget=long_text(5),
        help_text=_("包括公平竞争审查结论；退回时写明需要修改的内容。意见留存，不随公告公开。"),
    )


class TerminateForm(forms.Form):
    """Why the procedure ends; published."""

    reason = forms.CharField(
        label=_("终止原因"), max_length=2000, widget=long_text(4), help_text=_("将写入终止公告，向社会公开。")
    )


class ClarifyForm(forms.Form):
    """澄清修改: what changes, for everybody."""

    text = forms.CharField(label=_("澄清或修改的内容"), max_length=8000, widget=long_text(6))
    affects = forms.ChoiceField(
        label=_("是否可能影响投标文件编制"),
        choices=[("1", _("可能影响")), ("0", _("不影响"))],
        widget=forms.RadioSelect,
        help_text=_("可能影响的，须在投标截止十五日前通知所有获取文件的潜在投标人；不足十五日的，截止时间自动顺延。"),
    )
    bids_due_at = Moment(label=_("新的投标截止时间"), help_text=_("只能推迟；不改则留空。"))
    questions_due_at = Moment(label=_("新的提问截止时间"), help_text=_("不改则留空。"))
    opening_place = forms.CharField(label=FIELDS["opening_place"], max_length=200, required=False)
    contact_name = forms.CharField(label=FIELDS["contact_name"], max_length=40, required=False)
    contact_phone = forms.CharField(label=FIELDS["contact_phone"], max_length=40, required=False)

    def __init__(self, *args: Any, project: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_bids_due_at(self) -> Any:
        due = self.cleaned_data["bids_due_at"]
        if due is not None and due < self.project.bids_due_at:
            raise forms.ValidationError(_("投标截止时间只能推迟。"), code="deadline-only-later")
        return due

    def wanted(self) -> dict[str, Any]:
        """The fields that would change, with their new values."""
        names = ("bids_due_at", "questions_due_at", "opening_place", "contact_name", "contact_phone")
        given = {name: self.cleaned_data[name] for name in names}
        return {name: value for name, value in given.items() if value and value != getattr(self.project, name)}


class AnswerForm(forms.Form):
    """The answer to one question."""

    enquiry = forms.CharField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("答复"), max_length=8000, widget=long_text(4))
