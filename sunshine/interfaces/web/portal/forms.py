"""The portal's forms: a question, and registration for each kind of member."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties import uscc
from sunshine.foundation.refusal import Refused


class QuestionForm(forms.Form):
    """A question about the bidding documents, asked anonymously."""

    text = forms.CharField(
        label=_("您的问题"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("问题和答复会对所有人公开；请不要写出单位名称、姓名或电话。"),
    )


class MailProofForm(forms.Form):
    """Where the proof of a sealed record shall go."""

    address = forms.CharField(label=_("邮箱"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class PersonForm(forms.Form):
    """The person who opens the account."""

    name = forms.CharField(label=_("姓名"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.CharField(
        label=_("邮箱"),
        max_length=254,
        help_text=_("用来登录和接收通知。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("手机"), max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel"})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        help_text=_("至少 10 个字符，不能全是数字，也不要用常见密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    again = forms.CharField(
        label=_("再输入一次密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("两次输入的密码不一致。"))
        return given


class UsccField(forms.CharField):
    """统一社会信用代码: checked to its last character (GB 32100) while the person is still at the form."""

    def __init__(self, **kwargs: Any):
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return _checked(text) if text else ""


def _checked(code: str) -> str:
    try:
        return uscc.check(code)
    except Refused as refused:
        raise forms.ValidationError(str(refused.text), code=refused.code) from refused


class OrganisationForm(forms.Form):
    """A supplier, buyer or agency."""

    organisation = forms.CharField(
        label=_("单位全称"),
        max_length=200,
        help_text=_("与营业执照一致。"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    uscc = UsccField(label=_("统一社会信用代码"), help_text=_("营业执照上的 18 位代码。"))
    legal_representative = forms.CharField(label=_("法定代表人"), max_length=80)
    region = forms.CharField(label=_("所在地区"), max_length=80, help_text=_("例如：云岭市城北区。"))
    address = forms.CharField(label=_("地址"), max_length=200, required=False)


class ExpertForm(forms.Form):
    """An application for the expert registry."""

    title = forms.CharField(label=_("职称"), max_length=80, help_text=_("例如：高级工程师。"))
    years = forms.IntegerField(label=_("从事本领域工作年限"), min_value=0, max_value=70)
    employer = forms.CharField(label=_("工作单位"), max_length=200)
    employer_uscc = UsccField(
        label=_("工作单位的统一社会信用代码"), required=False, help_text=_("填写后，本单位参加的项目会自动回避。")
    )
    specialties = forms.CharField(
        label=_("评审专业"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个，例如：给排水设备。"),
    )
    avoided_units = forms.CharField(
        label=_("回避单位"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("与您有利害关系的单位，每行一个统一社会信用代码。"),
    )

    def clean_specialties(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["specialties"].splitlines() if line.strip()]

    def clean_avoided_units(self) -> list[str]:
        return [_checked(line) for line in self.cleaned_data["avoided_units"].splitlines() if line.strip()]
