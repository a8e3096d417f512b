// What the runtime asks of TypeScript. Everything here is off the hot path.

/** Gives the page of `addr` a frame if the guest has mapped it and allows `access`; 1 when the entry is now valid. */
// @ts-ignore: decorator
@external("host", "resolve")
export declare function resolve(addr: i64, access: i32): i32;

/** A write of `size` bytes at `addr` on a page with translated code: invalidates; 1 when the running block is hit. */
// @ts-ignore: decorator
@external("host", "codeWrite")
export declare function codeWrite(env: i32, tb: i32, addr: i64, size: i32): i32;

/** 1 when the device at `addr` takes an access of this size and direction; otherwise it faults like unmapped memory. */
// @ts-ignore: decorator
@external("host", "ioAccepts")
export declare function ioAccepts(addr: i64, size: i32, write: bool): i32;

// @ts-ignore: decorator
@external("host", "ioRead")
export declare function ioRead(env: i32, addr: i64, size: i32): i64;

// @ts-ignore: decorator
@external("host", "ioWrite")
export declare function ioWrite(env: i32, addr: i64, size: i32, value: i64): void;

/** The TB record that goto_tb `slot` of `tb` leads to, 0 when it is not translated yet. Writes the link itself. */
// @ts-ignore: decorator
@external("host", "link")
export declare function link(tb: i32, slot: i32, pc: i64): i32;

/** A plugin's callback. */
// @ts-ignore: decorator
@external("host", "pluginExec")
export declare function pluginExec(word: i32, cpu: i32): void;

/** One that is told of an access; the value is in ENV_VALUE. */
// @ts-ignore: decorator
@external("host", "pluginAccess")
export declare function pluginAccess(word: i32, cpu: i32, address: i64): void;
