// What the registry says of one system. Data only: no code of the library is imported here, so that
// a list of systems can be shown without loading any of them.

/** One system as its area's file lists it. */
export interface Entry {
  /** Area and number: `TL-19`. Tests of the system have names that start with it. */
  readonly id: string;
  readonly title: string;
  /** The public symbols that do it, as door#name: `hebb/nn#Linear`, `hebb#Tensor.prototype.sum`. */
  readonly symbols: readonly string[];
  /** The lesson that shows it, by its name in Studio. */
  readonly lesson?: string;
}

/** The systems of one chapter of the notes. */
export interface Area {
  readonly id: string;
  readonly title: string;
  readonly systems: readonly Entry[];
}

/** An entry together with where it belongs: the area's id, and its title as the chapter. */
export interface System extends Entry {
  readonly area: string;
  readonly chapter: string;
}
