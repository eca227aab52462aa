"""What every page of every door links to: language and theme. Both may be set without logging in."""

from django.conf import settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sunshine.foundation.pages import gallery, views

# Exempt from CSRF tokens, because the worst a forger gains is another language or colour, and because a token
# in the header would make every public page different for every visitor and so impossible to cache.
urlpatterns = [
    path("language/", csrf_exempt(views.language), name="set_language"),
    path("theme/", csrf_exempt(views.theme), name="set_theme"),
]
if settings.REHEARSAL:
    urlpatterns.append(path("style/", gallery.gallery, name="gallery"))
