// The only way to make a node: checks shapes and types where the user wrote the call, broadcasts,
// promotes, and drops what changes nothing. Rules and libraries are written in these functions.

export * from "./build/axes.ts";
export * from "./build/contraction.ts";
export * from "./build/elementwise.ts";
export * from "./build/indexed.ts";
export * from "./build/leaves.ts";
export * from "./build/movement.ts";
export * from "./build/structure.ts";
