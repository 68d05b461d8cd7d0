// What goes wrong, by kind: one class per cause, so that a caller can catch what it can mend.
// A message names the operation, the shapes or the file and byte, what was expected, and the way
// out. `name` is a getter: it is right in the stack's first line and adds no own property.

/** What the library throws on purpose; beside it stands ArgumentError, one of JavaScript's own kind. */
export class HebbError extends Error {
  override get name(): string {
    return "HebbError";
  }
}

/** Sizes do not fit each other or the operation. */
export class ShapeError extends HebbError {
  override get name(): string {
    return "ShapeError";
  }
}

/** An operation does not take this element type. */
export class DTypeError extends HebbError {
  override get name(): string {
    return "DTypeError";
  }
}

/** A device is missing, out of memory, or not the one where the operands live. */
export class DeviceError extends HebbError {
  override get name(): string {
    return "DeviceError";
  }
}

/** A file or a data set is not what it claims to be. */
export class DataError extends HebbError {
  override get name(): string {
    return "DataError";
  }
}

/** A number that must be finite is not. */
export class NumericError extends HebbError {
  override get name(): string {
    return "NumericError";
  }
}

/** A graph cannot be compiled, or a compiler failed. */
export class CompileError extends HebbError {
  override get name(): string {
    return "CompileError";
  }
}

/** An index lies outside the axis that it selects from. */
export class IndexError extends HebbError {
  override get name(): string {
    return "IndexError";
  }
}

/** A number or a word is not one that the argument may be: one of JavaScript's RangeErrors. */
export class ArgumentError extends RangeError {
  override get name(): string {
    return "ArgumentError";
  }
}
