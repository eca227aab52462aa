from django.apps import AppConfig


class BiddingConfig(AppConfig):
    name = "sunshine.domain.bidding"
    label = "bidding"
