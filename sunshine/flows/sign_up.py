"""A person gets an account: free, at once, for anyone (电子招标投标办法 第九条)."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Person
from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import keyrings


@act
def sign_up(*, by: Actor, at: datetime, email: str, password: str, name: str, phone: str = "") -> Person:
    """Create an account. Raises Refused: email-invalid, email-taken, name-missing, password-weak."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("email-invalid", _("邮箱格式不正确。"), field="email") from error
    if not name.strip():
        raise Refused("name-missing", _("请填写姓名。"), field="name")
    if Person.objects.filter(email=email).exists():
        raise Refused("email-taken", _("该邮箱已注册，请直接登录。"), field="email")
    try:
        validate_password(password, Person(email=email, name=name))
    except ValidationError as error:
        raise Refused("password-weak", " ".join(error.messages), field="password") from error
    person = Person.objects.create_user(email, password, name=name.strip(), phone=phone)
    keyrings.prefill(person.public_id, on=at.date())  # everyone has a row, so having one says nothing
    note("person", "sign-up", person.public_id, by=by, at=at, facts={})
    return person


@act
def read_notifications(*, by: Actor, at: datetime) -> int:
    """Mark the actor's notifications as read; returns how many were new."""
    unread = Person.objects.get(pk=by.person_pk).notifications.filter(read_at=None)
    return unread.update(read_at=at)
