// Opens the inspector on this process's terminal and resolves when it is quit. A module of its own in the build, loaded
// only then: Ink takes its time.

import { render } from 'ink';
import { createElement } from 'react';
import type { Recording } from '../../lockstep/index.ts';
import { RunView } from '../trace/run-view.ts';
import { type BeyondTrace, travelling } from './beyond.ts';
import { type BlameSearch, bisecting } from './bisect.ts';
import { frameSink } from './frame-sink.ts';
import { KeyReader } from './input.ts';
import { Inspector } from './screen.tsx';
import { createPainter } from './sink.ts';
import { createStore } from './store.ts';
import { openTerminal } from './terminal.ts';

export interface InspectorHost {
  readonly color: boolean;
  /** Write the report, the recording; throw to say why not. */
  exportReport(path: string): void;
  saveRecording(path: string): void;
  /** Names the changes to blame. */
  readonly blame: BlameSearch;
  /** The run itself, where it can still be made: what lies beyond the trace. */
  readonly beyond?: BeyondTrace;
}

const INTERRUPTED = 130;

export function openInspector(recording: Recording, host: InspectorHost): Promise<void> {
  const { stdin, stdout } = process;
  const home = new RunView(recording);
  const view = host.beyond && home.traced ? new RunView(recording, { first: home.first }) : home;
  return new Promise((resolve) => {
    const keys = new KeyReader();
    const size = () => ({ width: stdout.columns || 80, height: stdout.rows || 24 });
    const terminal = openTerminal(stdin, stdout.fd, {
      data: (text) => {
        for (const key of keys.push(text)) store.key(key);
      },
      resumed: () => {
        const { width, height } = size();
        store.resize(width, height);
        painter.repaint();
      },
      killed: () => process.exit(INTERRUPTED),
    });
    const painter = createPainter(
      (text) => terminal.write(text),
      () => performance.now(),
      () => size().height,
    );
    const done = (what: () => void, said: string) => {
      try {
        what();
        store.say(said);
      } catch (error) {
        store.say((error as Error).message);
      }
    };
    const store = createStore(view, size(), (effect) => {
      switch (effect.kind) {
        case 'quit':
          close();
          return;
        case 'suspend':
          terminal.suspend();
          return;
        case 'travel':
          journeys?.begin(effect.wish);
          return;
        case 'stay':
          journeys?.callOff();
          return;
        case 'bisect':
          searches.begin(effect.where);
          return;
        case 'stopBisect':
          searches.callOff();
          return;
        case 'copy':
          terminal.write(`\x1b]52;c;${Buffer.from(effect.text).toString('base64')}\x07`);
          return;
        case 'export':
          done(() => host.exportReport(effect.path), `the report is in ${effect.path}`);
          return;
        case 'save':
          done(() => host.saveRecording(effect.path), `the recording is in ${effect.path}`);
          return;
      }
    });
    const journeys = host.beyond && travelling(host.beyond, store, () => performance.now());
    const searches = bisecting(host.blame, store, () => performance.now());
    const resize = () => {
      const { width, height } = size();
      sink.columns = width;
      store.resize(width, height);
      painter.repaint();
    };
    const sink = frameSink((text) => painter.frame(text), size().width);
    stdout.on('resize', resize);
    const ink = render(createElement(Inspector, { store, color: host.color }), {
      stdout: sink as unknown as NodeJS.WriteStream,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    const close = () => {
      journeys?.callOff();
      searches.callOff();
      stdout.off('resize', resize);
      ink.unmount();
      painter.stop();
      terminal.close();
      resolve();
    };
  });
}
