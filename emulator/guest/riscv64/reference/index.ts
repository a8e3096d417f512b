// The door of the reference model.

export { ReferenceHart } from './hart.ts';
export {
  CAUSE,
  type FloatStatus,
  NO_RESERVATION,
  type ReferenceMemory,
  type Reservation,
  type StepResult,
} from './state.ts';
