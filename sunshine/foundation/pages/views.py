"""The theme switch: a cookie, so that the first byte of the next page is already light or dark."""

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

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
