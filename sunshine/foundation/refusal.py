"""A refusal: a stable code, a sentence for people, the article that says so."""

from collections.abc import Iterable


class Refused(Exception):
    """The act is not allowed, or its input is not acceptable; nothing has happened.

    code    stable kebab-case identifier, the same at every door (message, 409, tooltip)
    text    a sentence in the user's language (lazy translation welcome) that says what to do
    article the law or rule behind it, verbatim Chinese, or ""
    field   the input it speaks of, or ""
    rows    for tabular input: further refusals, one per bad row
    """

    def __init__(self, code: str, text: object, article: str = "", *, field: str = "", rows: Iterable["Refused"] = ()):
        super().__init__(code)
        self.code, self.text, self.article, self.field = code, text, article, field
        self.rows = tuple(rows)

    def __str__(self) -> str:
        return f"{self.text}（{self.article}）" if self.article else str(self.text)

    def as_dict(self) -> dict[str, object]:
        """The JSON shape every door answers with: code, text, article, field, rows."""
        return {
            "code": self.code,
            "text": str(self.text),
            "article": self.article,
            "field": self.field,
            "rows": [row.as_dict() for row in self.rows],
        }
