// The page that shows a run in a browser: the messages of lockstep/remote/messages.ts, put into the elements of page.html.
// All that comes from a run is set as text, never as markup. The token is taken out of the address at once, so that it does
// not stay in sight or in the history; this tab remembers it.

const VERSION = 3;
const OUTPUT_KEPT = 65536;
const EVENTS_KEPT = 64;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

const id = (name) => document.getElementById(name);
const set = (name, text) => {
  const element = id(name);
  if (element.textContent !== text) element.textContent = text;
};
const make = (tag, text, className) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};

// --- numbers for people ----------------------------------------------------------------------------------------------
const grouped = (count) => count.toLocaleString('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const ahead = ({ A, B }) => {
  const by = A.icount - B.icount;
  return by === 0 ? 'level' : `${by > 0 ? 'A' : 'B'} ahead by ${grouped(Math.abs(by))}`;
};

// --- what is known -----------------------------------------------------------------------------------------------------
const fresh = () => ({
  status: undefined,
  events: { total: 0, kept: [] },
  notes: { total: 0, kept: [] },
  output: { total: 0, bytes: new Uint8Array(0) },
  pieces: { report: [], recording: [] },
  sizes: { report: 0, recording: 0 },
});
let run;
let known = fresh();
let socket;
let over = false;
let wait = FIRST_WAIT_MS;

const token = () => {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem('token', given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem('token');
};

const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

function joined(before, { total, added }) {
  const follows = before.total + added.length === total;
  return { total, kept: follows ? [...before.kept, ...added].slice(-EVENTS_KEPT) : added };
}

function written(before, { total, added }) {
  const bytes = bytesOf(added);
  if (before.total + bytes.length !== total) return { total, bytes };
  const all = new Uint8Array(before.bytes.length + bytes.length);
  all.set(before.bytes);
  all.set(bytes, before.bytes.length);
  return { total, bytes: all.slice(-OUTPUT_KEPT) };
}

// --- the connection ----------------------------------------------------------------------------------------------------
function connect() {
  const secret = token();
  socket = new WebSocket(`ws://${location.host}/live`, secret ? ['lockstep', secret] : ['lockstep']);
  socket.addEventListener('message', ({ data }) => take(JSON.parse(data)));
  socket.addEventListener('close', () => {
    if (over) return;
    showState(
      run
        ? 'disconnected: what is shown is old; trying again'
        : 'cannot connect: use the whole address that the run has printed',
      'diff',
    );
    setTimeout(connect, wait);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  });
}

function take(message) {
  switch (message.t) {
    case 'hello':
      if (run?.id !== message.run.id) known = fresh();
      run = message.run;
      wait = FIRST_WAIT_MS;
      socket.send(
        JSON.stringify({
          t: 'watch',
          version: VERSION,
          run: run.id,
          events: known.events.total,
          notes: known.notes.total,
          output: known.output.total,
          report: known.sizes.report,
          recording: known.sizes.recording,
        }),
      );
      showRun(message.control);
      break;
    case 'state':
      known.status = message.status;
      known.events = joined(known.events, message.events);
      known.notes = joined(known.notes, message.notes);
      known.output = written(known.output, message.output);
      showStatus();
      break;
    case 'piece':
      if (message.at !== known.sizes[message.of]) break;
      known.pieces[message.of].push(bytesOf(message.bytes));
      known.sizes[message.of] += known.pieces[message.of].at(-1).length;
      break;
    case 'over':
      over = true;
      if (known.sizes.report > 0) new Blob(known.pieces.report).text().then((text) => showReport(JSON.parse(text)));
      break;
    case 'refused':
      set('said', message.why);
      break;
  }
}

// --- the live run --------------------------------------------------------------------------------------------------------
function showState(text, className = '') {
  set('state', text);
  id('state').className = className;
}

function showRun(control) {
  const name = run.program.split('/').at(-1);
  set('title', `lockstep: ${run.a} ⇄ ${run.b} in ${name}`);
  document.title = `lockstep ${name}`;
  set('name-a', `A ${run.a}`);
  set('name-b', `B ${run.b}`);
  id('control').hidden = !control;
  id('share').hidden = run.maxInsns === null;
}

const PHASES = {
  looking: ['seeking: a window differs', 'diff'],
  'looking back': ['looking back: every block is compared'],
};
const ENDINGS = {
  same: ['finished: the same', 'good'],
  diverged: ['diverged', 'diff'],
  inconclusive: ['inconclusive'],
  failed: ['engine died', 'diff'],
  interrupted: ['interrupted'],
};

function showStatus() {
  const { status, events, notes, output } = known;
  const { end } = status;
  showState(...(end ? ENDINGS[end.verdict] : (PHASES[status.phase] ?? [status.phase])));
  if (end) set('said', end.summary);
  for (const side of ['A', 'B']) {
    const suffix = side.toLowerCase();
    set(`icount-${suffix}`, grouped(status[side].icount));
    set(`speed-${suffix}`, status[side].speed > 0 ? compact.format(status[side].speed) : '…');
    set(`windows-${suffix}`, grouped(status[side].windows));
  }
  set('skew', ahead(status));
  set('agreed', `${grouped(status.agreed.icount)} instructions, ${grouped(status.agreed.windows)} windows`);
  set('skewed', `${grouped(status.skewed)} windows in other blocks`);
  set('elapsed', `${(status.elapsedMs / 1000).toFixed(1)} s`);
  set('pause', status.phase === 'paused' ? 'Resume' : 'Pause');
  if (run.maxInsns !== null) {
    const share = Math.min(1, status.agreed.icount / run.maxInsns);
    id('bar').value = share;
    set('share-text', `${Math.floor(share * 100)}% of ${grouped(run.maxInsns)}`);
  }
  showOutput(output);
  showList(
    'events',
    events.kept.map((event) => `${grouped(event.icount)} ${event.kind} ${event.text}`),
  );
  showList('notes', notes.kept);
}

function showOutput({ bytes }) {
  const pane = id('output');
  const text = new TextDecoder().decode(bytes);
  if (pane.textContent === text) return;
  const follows = pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 4;
  pane.textContent = text;
  if (follows) pane.scrollTop = pane.scrollHeight;
}

function showList(name, texts) {
  const list = id(name);
  if (list.childElementCount === texts.length && list.lastElementChild?.textContent === texts.at(-1)) return;
  list.replaceChildren(...texts.map((text) => make('li', text)));
}

// --- the report ----------------------------------------------------------------------------------------------------------
function table(caption, heads, rows) {
  const element = make('table');
  element.append(make('caption', caption));
  const head = element.createTHead().insertRow();
  for (const text of heads) {
    const cell = make('th', text);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const text of row) line.append(make('td', text));
  }
  return element;
}

function folded(title, text) {
  const details = make('details');
  const pre = make('pre', text);
  details.append(make('summary', title), pre);
  return details;
}

function showReport(report) {
  const { at, registers, memory, a, b, notes, next } = report;
  const parts = [
    make('p', report.summary, report.verdict === 'diverged' ? 'diff' : report.verdict === 'same' ? 'good' : ''),
  ];
  if (at?.insn)
    parts.push(make('p', `▶ instruction ${at.insn.index + 1} of the block, ${at.insn.pc}: ${at.insn.text ?? ''}`));
  if (registers.length > 0)
    parts.push(
      table(
        'Registers that differ after the block',
        ['', 'before', `A ${a.translator}`, `B ${b.translator}`],
        registers.map((register) => [`≠ ${register.name}`, register.before, register.a, register.b]),
      ),
    );
  if (memory.length > 0)
    parts.push(
      table(
        'Memory that differs after the block',
        ['', 'A', 'B'],
        memory.map((byte) => [
          `≠ ${byte.address}${byte.symbol ? ` ${byte.symbol}` : ''}`,
          byte.a ?? '--',
          byte.b ?? '--',
        ]),
      ),
    );
  const code = (side) => side.block?.insns.map((insn) => `${insn.pc} ${insn.text}`) ?? [];
  const [left, right] = [code(a), code(b)];
  if (left.length + right.length > 0)
    parts.push(
      table(
        'The block',
        ['', `A ${a.translator}`, `B ${b.translator}`],
        Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
          i === at?.insn?.index ? '▶' : left[i] === right[i] ? '' : '≠',
          left[i] ?? '',
          right[i] ?? '',
        ]),
      ),
    );
  for (const [name, side] of [
    ['A', a],
    ['B', b],
  ])
    if (side.block) parts.push(folded(`Optimised IR of ${name} ${side.translator}`, side.block.irOptimised));
  const list = make('ul');
  for (const note of notes) list.append(make('li', note));
  if (notes.length > 0) parts.push(list);
  if (next.length > 0) parts.push(make('p', 'What to type next:'), make('pre', next.join('\n')));
  id('report-body').replaceChildren(...parts);
  id('report').hidden = false;
}

// --- buttons -------------------------------------------------------------------------------------------------------------
const ask = (action) => socket.send(JSON.stringify({ t: 'control', action }));
id('pause').addEventListener('click', () => ask(known.status?.phase === 'paused' ? 'resume' : 'pause'));
id('stop').addEventListener('click', () => {
  if (confirm('End the run here?')) ask('stop');
});

connect();
