"""Forms of a person's own pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ResubmitForm(forms.Form):
    """What may be set right after a refused verification; name and code stay as registered."""

    region = forms.CharField(label=_("所在地区"), max_length=60, required=False)
    address = forms.CharField(label=_("注册地址"), max_length=200, required=False)
    legal_representative = forms.CharField(label=_("法定代表人"), max_length=60)
    contact_name = forms.CharField(label=_("联系人"), max_length=60)
    contact_phone = forms.CharField(label=_("联系电话"), max_length=40)
    about = forms.CharField(label=_("单位简介"), max_length=2000, required=False, widget=forms.Textarea)
    licence = forms.FileField(label=_("营业执照（PDF 或图片）"), required=False)
