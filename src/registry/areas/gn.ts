// Graph networks.

import type { Area } from "../system.ts";

export const gn: Area = {
  id: "GN",
  title: "Graph networks",
  systems: [
    { id: "GN-01", title: "Graph convolution layer", symbols: [] },
    { id: "GN-02", title: "Degree-normalised adjacency", symbols: [] },
    { id: "GN-03", title: "Neighbourhood aggregation", symbols: [] },
    { id: "GN-04", title: "Cyclic chain = convolution", symbols: [] },
    { id: "GN-05", title: "Linear shift-invariant graph filter", symbols: [] },
    { id: "GN-06", title: "Spectral stability / renormalisation trick", symbols: [] },
    { id: "GN-07", title: "Semi-supervised node classification", symbols: [] },
  ],
};
