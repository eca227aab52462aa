/** The sentences of the checks, Chinese and English: the same as in proof/sunshine_proof/evidence/checks.py. */

export const TITLES = {
  file: ["文件", "File"],
  log: ["日志", "Log"],
  witnesses: ["见证", "Witnesses"],
  rules: ["密封规则", "Seal policy"],
  scheme: ["评标办法", "Scoring rule"],
  box: ["投标箱", "Bid box"],
  closing: ["关箱", "Closing"],
  opening: ["开标", "Opening"],
  draw: ["抽取", "Draw"],
  prices: ["商务标", "Prices"],
  ranking: ["排序", "Ranking"],
  award: ["定标", "Award"],
  receipts: ["我的回执", "My receipts"],
};

export const STOPPED = ["没有通过核对。", "The check was not passed."];

/** What a refusal means, by code. */
export const WORDS = {
  "not-canonical": ["文件不是规定的唯一写法，可能被改动过。", "The file is not in its one form: perhaps changed."],
  "not-json": ["文件不完整或已损坏。", "The file is incomplete or damaged."],
  "wrong-shape": ["文件的内容缺少或多出了字段。", "A field is missing, superfluous or not of its kind."],
  "evidence-signature": [
    "文件在签发之后被改动过，或不是它所称的日志签发的。",
    "The file was changed after it was signed, or is not of the log it names.",
  ],
  "evidence-log": ["文件属于另一本日志。", "The file is of another log."],
  "note-signature": ["检查点的签名不成立。", "A signature on the checkpoint is false."],
  "tree-proof": ["有一件事不在日志里它所称的位置上。", "An event does not stand in the log where it says."],
  quorum: ["签过检查点的见证人不足半数以上。", "Too few witnesses have cosigned the checkpoint."],
  "policy-changed": ["密封规则与公告时的不同。", "The seal policy is not the one announced."],
  "scheme-changed": ["评标办法与公告时的不同。", "The scoring rule is not the one announced."],
  "bid-late": ["有一份投标是截止之后收下的。", "A bid was taken in after the deadline."],
  "lid-missing": ["日志里有一份投标，文件里却没有。", "A logged bid is missing from the file."],
  "closing-list": [
    "开标名单与投标箱里的不符：有投标被加入或抽走。",
    "The list of opened bids is not what the boxes held: one was added or taken away.",
  ],
  "closing-early": ["投标箱在开标时间之前就被打开。", "The box was opened before its time."],
  "opened-early": ["投标箱在开标时间之前就被打开。", "The box was opened before its time."],
  "released-early": ["有开标密钥份额在关箱之前就被交出。", "A share was released before the box was closed."],
  "told-early": ["未开启的投标箱，文件却透露了投标的信息。", "The file tells of bids in a box that was not opened."],
  "body-mismatch": ["打开的不是当初密封的那一份。", "What was opened is not what was sealed."],
  "inconsistent-dealing": ["公布的密钥与密封时的份额不符。", "The published key is not the one that was dealt."],
  "envelope-parts": ["开标名单写的部分与密封规则的信封不符。", "A list is about other parts than its envelope has."],
  "price-early": ["有商务标在技术评审结果固定之前就被开启。", "A price was opened before the technical result was fixed."],
  "price-unlisted": ["开启了不在名单上的商务标。", "A price was opened that is not on the list."],
  "price-list": ["商务标开启名单与通过技术评审的投标不符。", "The prices opened are not those of the bids that passed."],
  "price-in-first-envelope": ["有投标在第一个信封里写了报价。", "A bid told its price in the first envelope."],
  "technical-changed": [
    "技术评审结果在商务标开启之后被改动过。",
    "The technical result was changed after the prices were opened.",
  ],
  "draw-missing": ["有一次抽取的记录不见了。", "The record of a draw is missing."],
  "draw-unknown": ["有一次抽取没有公布过。", "A draw was never announced."],
  "draw-changed": ["抽取记录与日志里的不同。", "The record of a draw is not the one in the log."],
  "draw-late": ["有承诺是在检查点之后才作出的。", "A party committed after the checkpoint."],
  "draw-result": ["重演抽取，结果不同。", "The replay of a draw gives another result."],
  "report-changed": ["评标报告与公示时的不同。", "The report is not the one published."],
  "ranking-differs": ["按公布的办法重新计算，名次与报告不同。", "The published rule gives another ranking."],
  "bids-differ": ["报告排序的投标与开标的不同。", "The report ranks other bids than those opened."],
  "price-differs": ["有投标按另一个价格排了序。", "A bid was ranked at another price than it was opened with."],
  "candidates-differ": ["公示的候选人不是排名的前几名。", "The candidates are not the first of the ranking."],
  "award-differs": ["中标人或金额与该名次的候选人不符。", "The award is not to that candidate at its price."],
  "receipt-missing": [
    "平台签收过的一份投标不见了！请保存好回执并向监督部门反映。",
    "A bid the platform acknowledged is missing! Keep the receipt and tell the supervisors.",
  ],
};
