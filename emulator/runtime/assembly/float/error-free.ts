// Error-free transformations: the rounding error of a sum or product of host numbers, itself a host number, and
// rounding to odd. They let the quick paths know the exact result without wide integers. Nothing here may overflow or
// underflow: callers bound the exponents.

/** The error of `sum`, the rounded `x + y`, in either order of magnitude (Knuth). */
export function sumError(x: f64, y: f64, sum: f64): f64 {
  const rest = sum - x;
  return x - (sum - rest) + (y - rest);
}

/** The high half of a number's digits (Veltkamp): 26 of them, the rest being a number of 26 as well. */
function upperDigits(x: f64): f64 {
  const shifted = x * 134217729.0;
  return shifted - (shifted - x);
}

/** The error of `product`, the rounded `x * y` (Dekker). */
export function productError(x: f64, y: f64, product: f64): f64 {
  const xHigh = upperDigits(x);
  const xLow = x - xHigh;
  const yHigh = upperDigits(y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}

/**
 * `sum` rounded to odd: an inexact one takes the neighbour with an odd last bit. Rounding that to a format with at
 * least two bits less, or adding it to a much larger number, is the same as doing so with the exact sum.
 */
export function toOdd(sum: f64, error: f64): f64 {
  const bits = reinterpret<i64>(sum);
  if (error === 0.0 || (bits & 1) !== 0) return sum;
  return reinterpret<f64>(bits + (error > 0.0 === sum > 0.0 ? 1 : -1));
}
