"""Every door's address."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("", include("sunshine.foundation.pages.urls")),
    path("api/v1/", include("sunshine.interfaces.api.urls")),
    path("account/", include("sunshine.interfaces.web.account.urls")),
    path("work/", include("sunshine.interfaces.web.account.work_urls")),
    path("box/", include("sunshine.interfaces.web.box.urls")),
    path("buyer/", include("sunshine.interfaces.web.buyer.drafting.urls")),
    path("buyer/", include("sunshine.interfaces.web.buyer.running.urls")),
    path("supplier/", include("sunshine.interfaces.web.supplier.urls")),
    path("trustee/", include("sunshine.interfaces.web.trustee.urls")),
    path("draws/", include("sunshine.interfaces.web.draws.urls")),
    path("expert/", include("sunshine.interfaces.web.expert.urls")),
    path("supervisor/", include("sunshine.interfaces.web.supervisor.urls")),
    path("operator/", include("sunshine.interfaces.web.operator.urls")),
    path("", include("sunshine.interfaces.web.portal.urls")),
]
