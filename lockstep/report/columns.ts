// Two texts side by side, lines aligned: equal lines face each other, others are marked. Small inputs (the IR of one
// block): a longest common subsequence, with a plain line-by-line pairing when the table would be too large. Pure.

export interface Row {
  /** '=' equal, '≠' both but different, '<' only left, '>' only right. */
  readonly mark: '=' | '≠' | '<' | '>';
  readonly left: string;
  readonly right: string;
}

const TABLE_LIMIT = 1 << 20;

export function sideBySide(left: readonly string[], right: readonly string[]): Row[] {
  const n = left.length;
  const m = right.length;
  if ((n + 1) * (m + 1) > TABLE_LIMIT) return pairUp(left, right);
  const width = m + 1;
  const common = new Uint16Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      common[i * width + j] =
        left[i] === right[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const rows: Row[] = [];
  let lefts: string[] = [];
  let rights: string[] = [];
  const flush = () => {
    rows.push(...pairUp(lefts, rights));
    lefts = [];
    rights = [];
  };
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && left[i] === right[j]) {
      flush();
      rows.push({ mark: '=', left: left[i]!, right: right[j]! });
      i++;
      j++;
    } else if (j >= m || (i < n && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      lefts.push(left[i++]!);
    } else {
      rights.push(right[j++]!);
    }
  }
  flush();
  return rows;
}

function pairUp(left: readonly string[], right: readonly string[]): Row[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const l = left[i];
    const r = right[i];
    const mark = l === undefined ? '>' : r === undefined ? '<' : l === r ? '=' : '≠';
    return { mark, left: l ?? '', right: r ?? '' };
  });
}
