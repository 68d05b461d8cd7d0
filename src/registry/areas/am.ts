// Associative memory.

import type { Area } from "../system.ts";

export const am: Area = {
  id: "AM",
  title: "Associative memory",
  systems: [
    { id: "AM-01", title: "Hebb rule", symbols: [] },
    { id: "AM-02", title: "r-sparse boolean patterns & information", symbols: [] },
    { id: "AM-03", title: "Willshaw memory: storage", symbols: [] },
    { id: "AM-04", title: "Willshaw memory: retrieval", symbols: [] },
    { id: "AM-05", title: "Willshaw monotonicity", symbols: [] },
    { id: "AM-06", title: "Willshaw capacity", symbols: [] },
    { id: "AM-07", title: "Hopfield/Hebb storage", symbols: [] },
    { id: "AM-08", title: "Hopfield asynchronous dynamics", symbols: [] },
    { id: "AM-09", title: "Hopfield synchronous dynamics & limit cycles", symbols: [] },
    { id: "AM-10", title: "Hopfield Lyapunov (energy) function", symbols: [] },
    { id: "AM-11", title: "Attractors ±x and basin", symbols: [] },
    { id: "AM-12", title: "Hebb–Hopfield capacity 0.138 n", symbols: [] },
    { id: "AM-13", title: "Hopfield with optimal weights, capacity 2n", symbols: [] },
  ],
};
