"""Forms of the supplier's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class QuestionForm(forms.Form):
    """A question on the documents; who asks is kept nowhere."""

    text = forms.CharField(
        label=_("您的问题"),
        max_length=4000,
        widget=forms.Textarea,
        help_text=_("匿名提出，答复对所有人公开。请不要写出本单位的名称。"),
    )


class ObjectionForm(forms.Form):
    """An objection with its target, its grounds and, if there is one, a file of evidence."""

    target = forms.ChoiceField(label=_("异议对象"))
    text = forms.CharField(
        label=_("异议内容和依据"),
        max_length=8000,
        widget=forms.Textarea,
        help_text=_("写明事实、请求和法律依据。提出后，在采购人答复前相关环节暂停。"),
    )
    evidence = forms.FileField(label=_("证明材料"), required=False, help_text=_("一个文件，不超过 50 MB。"))

    def __init__(self, *args: Any, targets: list[tuple[str, object]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = targets  # type: ignore[attr-defined]


class RolesForm(forms.Form):
    """The roles of one member."""

    roles = forms.MultipleChoiceField(label=_("角色"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, object]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]


class MemberForm(RolesForm):
    """A new member; a person known by this address keeps name and password."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("邮箱（用于登录）"))
    phone = forms.CharField(label=_("手机"), max_length=40, required=False)
    password = forms.CharField(
        label=_("初始密码"),
        min_length=10,
        widget=forms.PasswordInput,
        help_text=_("至少 10 个字符，请对方首次登录后修改。此人已有账号时不改变其密码。"),
    )
    field_order = ["name", "email", "phone", "password", "roles"]
