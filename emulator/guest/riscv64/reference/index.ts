// The door of the reference model: a hart over a memory that the caller provides, stepped one instruction at a time. Who is
// right when two translators differ is asked here; see hart.ts for what it shares with them.

export type { ReferenceMemory } from '../../reference.ts';
export { environmentHart } from './environment-hart.ts';
export { ReferenceHart } from './hart.ts';
export {
  CAUSE,
  type FloatStatus,
  NO_RESERVATION,
  type Reservation,
  type StepResult,
} from './state.ts';
