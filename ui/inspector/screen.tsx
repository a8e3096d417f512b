// The screen as Ink draws it: one row of text a line. What the lines are is decided in layout.ts.

import { Box, Text } from 'ink';
import { memo, useSyncExternalStore } from 'react';
import { lineAnsi } from '../lines.ts';
import { screenLines } from './layout.ts';
import type { Store } from './store.ts';

export interface InspectorProps {
  readonly store: Store;
  readonly color: boolean;
}

export function Inspector({ store, color }: InspectorProps) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  const rows = screenLines(store.view, state).map((line) => lineAnsi(line, color));
  return (
    <Box flexDirection="column">
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen.
        <Row key={i} text={row} />
      ))}
    </Box>
  );
}

/** Ink gives an empty text no row. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate-end">{text || ' '}</Text>);
