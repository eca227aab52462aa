"""Forms of the house: members and their roles, delegations, mandates."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties import uscc
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.forms_draft import Moment, long_text


class RolesForm(forms.Form):
    """What a member may do here."""

    roles = forms.MultipleChoiceField(label=_("角色"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, roles: list[tuple[str, Any, list[Any]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(key, name) for key, name, _apart in roles]  # type: ignore[attr-defined]


class MemberForm(RolesForm):
    """A new member."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    email = forms.EmailField(label=_("电子邮箱"), help_text=_("用于登录；此人已有账号时，只把账号加入本单位。"))
    phone = forms.CharField(label=_("手机"), max_length=20, required=False)
    password = forms.CharField(
        label=_("初始密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("不少于十位，请当面告知本人并要求登录后立即修改。已有账号的密码不会改变。"),
    )
    field_order = ("name", "email", "phone", "password", "roles")

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class _SpanForm(forms.Form):
    """For whom and how long: the organisation is named by its credit code, so no list of organisations is shown."""

    code = forms.CharField(label=_("对方统一社会信用代码"), max_length=30)
    valid_from = Moment(label=_("生效时间"), required=True)
    valid_to = Moment(label=_("失效时间"), required=True)

    def clean_code(self) -> str:
        try:
            return uscc.check(self.cleaned_data["code"])
        except Refused as refused:
            raise forms.ValidationError(str(refused), code=refused.code) from refused

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("valid_from"), given.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", _("失效时间必须晚于生效时间。"))
        return given


class DelegationForm(_SpanForm):
    """授权委托: another buyer acts for this one."""

    basis = forms.CharField(label=_("授权依据"), max_length=2000, widget=long_text(3))


class MandateForm(_SpanForm):
    """委托代理协议: an agency acts for this buyer."""

    scope = forms.CharField(label=_("委托范围"), max_length=2000, widget=long_text(3))
