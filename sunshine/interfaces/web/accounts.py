"""How allauth meets our people: registration is our own flow, so its sign-up page stays closed."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up through allauth; login, second factors and sessions only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
