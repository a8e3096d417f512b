// The meaning of every 32-bit row, by name. A row without an emitter, or an emitter without a row, does not compile.

import type { BASE_ROWS } from '../rows/index.ts';
import type { PRIVILEGED_ROWS } from '../rows/privileged.ts';
import type { ZIFENCEI_ROWS } from '../rows/zifencei.ts';
import { A_EMITTERS } from './a.ts';
import { D_EMITTERS } from './d.ts';
import type { Emitters } from './emitter.ts';
import { F_EMITTERS } from './f.ts';
import { I_EMITTERS, system } from './i.ts';
import { M_EMITTERS } from './m.ts';
import { ZBA_EMITTERS, ZBB_EMITTERS, ZBS_EMITTERS } from './zb.ts';
import { ZICSR_EMITTERS } from './zicsr.ts';

// The platform decides, also in which privilege mode they are legal.
const PRIVILEGED_EMITTERS: Emitters<typeof PRIVILEGED_ROWS> = {
  sret: system,
  mret: system,
  wfi: system,
  'sfence.vma': system,
};

// Code already translated must be looked at again: the platform's business.
const ZIFENCEI_EMITTERS: Emitters<typeof ZIFENCEI_ROWS> = { 'fence.i': system };

export const EMITTERS: Emitters<typeof BASE_ROWS> = {
  ...I_EMITTERS,
  ...M_EMITTERS,
  ...A_EMITTERS,
  ...F_EMITTERS,
  ...D_EMITTERS,
  ...ZICSR_EMITTERS,
  ...ZIFENCEI_EMITTERS,
  ...ZBA_EMITTERS,
  ...ZBB_EMITTERS,
  ...ZBS_EMITTERS,
  ...PRIVILEGED_EMITTERS,
};
