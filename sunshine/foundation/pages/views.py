"""Theme and language: cookies, so that the first byte of the next page is already light or dark, Chinese or English."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

THEMES = ("light", "dark")
YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponseRedirect:
    """Keep ``theme`` = light or dark; anything else leaves it to the device again. Returns to ``next``."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    choice = request.POST.get("theme", "")
    if choice in THEMES:
        response.set_cookie("theme", choice, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Set the language cookie, and remember the choice of a person who is logged in: mail comes in that language."""
    chosen, person = request.POST.get("language", ""), request.user
    if person.is_authenticated and chosen in dict(settings.LANGUAGES):
        get_user_model()._default_manager.filter(pk=person.pk).update(language=chosen)
    return set_language(request)
