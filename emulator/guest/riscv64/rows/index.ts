// All 32-bit rows, in one list: the rows that have a meaning of their own. Compressed rows (c.ts) name one of these.

import { A_ROWS } from './a.ts';
import { D_ROWS } from './d.ts';
import { F_ROWS } from './f.ts';
import { I_ROWS } from './i.ts';
import { M_ROWS } from './m.ts';
import { PRIVILEGED_ROWS } from './privileged.ts';
import { ZBA_ROWS } from './zba.ts';
import { ZBB_ROWS } from './zbb.ts';
import { ZBS_ROWS } from './zbs.ts';
import { ZICSR_ROWS } from './zicsr.ts';
import { ZIFENCEI_ROWS } from './zifencei.ts';

export const BASE_ROWS = [
  ...I_ROWS,
  ...M_ROWS,
  ...A_ROWS,
  ...F_ROWS,
  ...D_ROWS,
  ...ZICSR_ROWS,
  ...ZIFENCEI_ROWS,
  ...ZBA_ROWS,
  ...ZBB_ROWS,
  ...ZBS_ROWS,
  ...PRIVILEGED_ROWS,
] as const;

export type BaseName = (typeof BASE_ROWS)[number]['name'];
