/** [data-paste-grid]: a block copied from a spreadsheet fills the cells from the one it is pasted into; arrows move. */

const cellsOf = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];

function place(grid, input) {
  const rows = [...grid.querySelectorAll("tbody tr")];
  const row = rows.findIndex((each) => each.contains(input));
  return { rows, row, column: row < 0 ? -1 : cellsOf(rows[row]).indexOf(input) };
}

/** Clipboard text → rows of cells; a cell in quotes may hold line breaks and doubled quotes, as spreadsheets write it. */
export function parseClipboard(text) {
  const rows = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r?\n|$)/gy;
  for (let match; pattern.lastIndex < text.length && (match = pattern.exec(text)); ) {
    rows.at(-1).push((match[1]?.replaceAll('""', '"') ?? match[2]).trim());
    if (match[3] !== "\t" && pattern.lastIndex < text.length) rows.push([]);
    if (match[3] === "\t" && pattern.lastIndex === text.length) rows.at(-1).push("");
  }
  return rows;
}

function fill(input, value) {
  if (input.disabled || input.readOnly) return;
  input.value = value;
  for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
}

function paste(event) {
  const grid = event.target.closest?.("[data-paste-grid]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const block = parseClipboard(text);
  if (!grid || (block.length < 2 && (block[0]?.length ?? 0) < 2)) return;
  event.preventDefault();
  const { rows, row, column } = place(grid, event.target);
  block.forEach((values, down) => {
    const cells = rows[row + down] ? cellsOf(rows[row + down]) : [];
    values.forEach((value, right) => cells[column + right] && fill(cells[column + right], value));
  });
  // rows that did not fit are for the page to offer (add rows, or say so)
  const left = block.slice(Math.max(0, rows.length - row));
  if (left.length) grid.dispatchEvent(new CustomEvent("sun:paste-overflow", { bubbles: true, detail: { rows: left } }));
}

function move(event) {
  const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
  const grid = event.target.closest?.("[data-paste-grid]");
  if (!step || !grid || event.target.matches("select, textarea, button")) return;
  const { rows, row, column } = place(grid, event.target);
  const next = rows[row + step] && cellsOf(rows[row + step])[column];
  if (!next && event.key !== "Enter") return;
  event.preventDefault(); // Enter in a grid goes down; it does not submit a half-filled form
  next?.focus();
  next?.select?.();
}

export function pasteGrid(document) {
  document.addEventListener("paste", paste);
  document.addEventListener("keydown", move);
}
