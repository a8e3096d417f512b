// Stands in for the package `string-width` in the build (see the `build:bundle` script): that one makes regular expressions
// over all emoji and two text segmenters when it is loaded, a sixth of a short run, to lay out help texts.
// Here every character of a help text takes one column.

import { stripVTControlCharacters } from 'node:util';

/** Columns that `text` takes on a terminal, escape sequences aside. */
export default function stringWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
