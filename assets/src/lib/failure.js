/** What can go wrong, by code. The sentence for people stands in the page, never here. */

export class Failure extends Error {
  /** code: stable kebab-case word, the key of a text of the page; detail: values its placeholders may use. */
  constructor(code, detail = {}, cause = undefined) {
    super(code, { cause });
    this.name = "Failure";
    this.code = code;
    this.detail = detail;
  }
}

/** The server's `Refused`: it brings its own sentence, already in the user's language. */
export class Refusal extends Failure {
  constructor(answer) {
    super(answer.code, answer);
    this.name = "Refusal";
    this.text = answer.text ?? "";
    this.article = answer.article ?? "";
  }
}
