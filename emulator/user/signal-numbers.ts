// Linux signals (asm-generic numbers, as riscv64 has them): names, default actions, flags and si_codes.

export const SIGHUP = 1;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGSYS = 31;
export const SIGRTMIN = 32;
export const SIGNAL_COUNT = 64;

const NAMES = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');

export function signalName(sig: number): string {
  if (sig >= 1 && sig <= NAMES.length) return `SIG${NAMES[sig - 1]}`;
  return sig === SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${sig - SIGRTMIN}`;
}

export function defaultAction(sig: number): 'ignore' | 'stop' | 'kill' {
  if (sig === SIGCHLD || sig === SIGCONT || sig === SIGURG || sig === SIGWINCH) return 'ignore';
  if (sig === SIGSTOP || sig === SIGTSTP || sig === SIGTTIN || sig === SIGTTOU) return 'stop';
  return 'kill';
}

/** The signal's bit in a set. */
export function bitOf(sig: number): bigint {
  return 1n << BigInt(sig - 1);
}

/** KILL and STOP: cannot be blocked, caught or ignored. */
export const UNBLOCKABLE = bitOf(SIGKILL) | bitOf(SIGSTOP);
/** Signals an instruction raises: taken before others. */
export const SYNCHRONOUS =
  bitOf(SIGSEGV) | bitOf(SIGBUS) | bitOf(SIGILL) | bitOf(SIGTRAP) | bitOf(SIGFPE) | bitOf(SIGSYS);

export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SA_SIGINFO = 4;
export const SA_ONSTACK = 0x08000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x80000000;

export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_TKILL = -6;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const ILL_ILLOPC = 1;
export const TRAP_BRKPT = 1;
