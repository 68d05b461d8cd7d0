// Graph networks.

import type { Area } from "../system.ts";

export const gn: Area = {
  id: "GN",
  title: "Graph networks",
  systems: [
    {
      id: "GN-01",
      title: "Graph convolution layer",
      symbols: ["hebb/nn#GraphConvolution", "hebb/nn#graphConvolutionOfColumns", "hebb/models#GCN"],
    },
    {
      id: "GN-02",
      title: "Degree-normalised adjacency",
      symbols: ["hebb/nn#normalizedAdjacency", "hebb/nn#adjacencyMatrix"],
    },
    {
      id: "GN-03",
      title: "Neighbourhood aggregation",
      symbols: ["hebb/nn#aggregate", "hebb/linalg#SparseMatrix"],
    },
    { id: "GN-04", title: "Cyclic chain = convolution", symbols: ["hebb/nn#GraphConvolution"] },
    {
      id: "GN-05",
      title: "Linear shift-invariant graph filter",
      symbols: ["hebb/nn#graphFilter", "hebb/nn#fitGraphFilter"],
    },
    {
      id: "GN-06",
      title: "Spectral stability / renormalisation trick",
      symbols: ["hebb/nn#normalizedAdjacency", "hebb/linalg#largestEigenvalue"],
    },
    {
      id: "GN-07",
      title: "Semi-supervised node classification",
      symbols: ["hebb/nn#labelledNodesLoss", "hebb/models#GCN", "hebb/data#cora"],
    },
  ],
};
