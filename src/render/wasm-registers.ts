// What holds the kernel language's registers in WebAssembly: the type of a local, and how the instructions
// on vectors of it are called. A bool is 1 or 0, in a vector all bits of a lane or none.

export const registers = {
  f32: { scalar: "f32", vector: "f32x4", lanes: 4 },
  f64: { scalar: "f64", vector: "f64x2", lanes: 2 },
  i32: { scalar: "i32", vector: "i32x4", lanes: 4 },
  u32: { scalar: "i32", vector: "i32x4", lanes: 4 },
  bool: { scalar: "i32", vector: "i32x4", lanes: 4 },
  index: { scalar: "i32", vector: "i32x4", lanes: 4 },
} as const;
