"""What the audience gets: the accounts to log in with, and keyrings that open in their browsers."""

from typing import Any

from sunshine.flows.keep_keys import save_keyring
from sunshine.interfaces.rehearsal.people import PASSPHRASE, PASSWORD, Player
from sunshine.interfaces.rehearsal.play import Cast
from sunshine_proof.agefile import recipient_of, secret_of
from sunshine_proof.keyring import KeyringError, encode_keyring

# What to show first, in the order of the procedure: key of the player, what they do (Chinese, English).
PARTS = (
    ("officer", "采购经办人：编制、开标、抽取专家", "buyer's officer: draft, open, draw the panel"),
    ("approver", "采购审批人：批准计划与方式", "approver: plans and methods"),
    ("reviewer", "合规审查人", "compliance reviewer"),
    ("publisher", "公告发布与定标人", "publisher: announce, candidates, award"),
    ("signatory", "合同签署人", "signs contracts"),
    ("judge", "采购人代表（评委）", "buyer's representative on panels"),
    ("keeper", "开标密钥持有人（采购人）", "trustee (buyer)"),
    ("op_keeper", "开标密钥持有人（平台）", "trustee (operator)"),
    ("inspector_keeper", "开标密钥持有人（纪检）", "trustee (discipline inspection)"),
    ("audit_keeper", "开标密钥持有人（审计）", "trustee (audit)"),
    ("supplier1", "供应商", "supplier"),
    ("supplier2", "供应商", "supplier"),
    ("expert1", "评标专家", "expert"),
    ("inspector", "纪检监察：查看，参加抽取", "discipline inspection: reads, takes part in draws"),
    ("auditor", "审计（只读）", "audit (read-only)"),
    ("verifier", "平台运营：核验、内容，参加抽取", "operator: verification, content, takes part in draws"),
)


def keep(casts: list[Cast]) -> dict[str, Any]:
    """Save every player's keyring under the rehearsal passphrase; return the table of accounts."""
    seen: set[str] = set()
    for cast in casts:
        for player in cast.players.values():
            if player.email not in seen and (player.bids or player.trustee_keys):
                _keyring(player)
            seen.add(player.email)
    first = casts[0]
    people = [{"email": first[key].email, "zh": zh, "en": en} for key, zh, en in PARTS]
    return {"password": PASSWORD, "passphrase": PASSPHRASE, "people": people}


def _keyring(player: Player) -> None:
    """The newest bids and keys that fit: a keyring has one size for everybody."""
    trustee = [
        {"project": project, "recipient": recipient_of(secret_of(identity)), "identity": identity}
        for project, identity in player.trustee_keys.items()
    ]
    bids = list(player.bids)
    while True:
        try:
            blob = encode_keyring({"v": "keyring/1", "bids": bids, "trustee": trustee}, PASSPHRASE)
        except KeyringError:
            if not bids:
                raise
            bids.pop(0)
        else:
            save_keyring(by=player.actor(), version=0, blob=blob)
            return


def table(accounts: dict[str, Any]) -> str:
    """The accounts as text for the terminal."""
    lines = ["", f"登录密码 / password: {accounts['password']}    密钥口令 / passphrase: {accounts['passphrase']}", ""]
    lines += [f"  {person['email']:<34}{person['zh']} · {person['en']}" for person in accounts["people"]]
    lines += [
        "",
        "先试试 / try first:",
        "  1. 不登录，打开首页，看一个项目的全过程。 / Without logging in: the home page, then one project's whole story.",
        "  2. 用 officer@ 登录，到“开标”打开今天截止的项目，再用三位密钥持有人释放份额。",
        "     As officer@: open the project due today; then release shares as three trustees.",
        "  3. 用 supplier1@ 登录，密封并递交一份投标。 / As supplier1@: seal and submit a bid.",
        "",
    ]
    return "\n".join(lines)
