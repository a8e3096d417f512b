// All passes, in the order a full pipeline runs them. The order matters for what is found, never for correctness:
// decisions first (constants, forms), then copies, then control flow, then what has become dead.

import { branchFolding } from './branch-folding.ts';
import { constantFold } from './constant-fold.ts';
import { copyPropagation } from './copy-propagation.ts';
import { deadCode } from './dead-code.ts';
import { deadStore } from './dead-store.ts';
import type { Pass } from './pass.ts';
import { redundantExtension } from './redundant-extension.ts';
import { registerLoads } from './register-loads.ts';
import { strengthReduction } from './strength-reduction.ts';

export {
  branchFolding,
  constantFold,
  copyPropagation,
  deadCode,
  deadStore,
  redundantExtension,
  registerLoads,
  strengthReduction,
};

export const passes: readonly Pass[] = [
  constantFold,
  strengthReduction,
  redundantExtension,
  copyPropagation,
  registerLoads,
  branchFolding,
  deadStore,
  deadCode,
];
