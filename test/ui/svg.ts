// A screen as a picture: monospaced text, one line a row, the styles' colours on a dark ground.

import { columns, type Line, type Style } from '../../ui/lines.ts';

const CELL = { width: 8.4, height: 17 };
const MARGIN = 12;
/** Renderers make one of several spaces, whatever xml:space says: none of these. */
const [SPACE, HARD_SPACE] = [' ', '\u00a0'];
const COLOURS: Readonly<Record<Style, string>> = {
  plain: '#d0d0d0',
  diff: '#ff7b72',
  here: '#ffffff',
  dim: '#808890',
  bold: '#ffffff',
  title: '#7cc5e8',
  good: '#7ee787',
};

export function svgOf(lines: readonly Line[], title: string): string {
  const width = Math.max(...lines.map((line) => line.reduce((sum, { text }) => sum + columns(text), 0)));
  const size = { x: Math.ceil(width * CELL.width) + 2 * MARGIN, y: lines.length * CELL.height + 2 * MARGIN };
  const rows = lines.map((line, row) => {
    let column = 0;
    const spans = line.map(({ text, style = 'plain' }) => {
      const x = (MARGIN + column * CELL.width).toFixed(1);
      const length = columns(text);
      column += length;
      if (text.trim() === '') return '';
      const weight = style === 'bold' || style === 'here' ? ' font-weight="bold"' : '';
      const fixed = ` textLength="${(length * CELL.width).toFixed(1)}"`;
      return `<tspan x="${x}" fill="${COLOURS[style]}"${weight}${fixed}>${escaped(text).replaceAll(SPACE, HARD_SPACE)}</tspan>`;
    });
    return `<text y="${MARGIN + (row + 1) * CELL.height - 4}">${spans.join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.x} ${size.y}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="6" fill="#14181d"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
${rows.join('\n')}
</g>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
