// Weights that are orthogonal whatever their parameters are: a product of reflections, each given by the
// vector that it turns round. Signals and gradients keep their lengths through such a layer, however
// often they go through it.

import { ShapeError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { arange, eye, zeros } from "../tensor/create.ts";
import { scan } from "../tensor/scan.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType } from "./init.ts";
import type { Module } from "./module.ts";
import { replaceParameter } from "./reparametrize.ts";
import { showShape } from "./shape.ts";

/** x with v turned round: x − 2·v·(vᵀ·x)/‖v‖². @param v  [n] @param x  [n, k] */
const reflected = (x: Tensor, v: Tensor): Tensor =>
  x.sub(v.mul(v.square().sum().reciprocal().mul(2)).outer(v.matmul(x)));

/** What a scan gives beside its state, if nothing. */
const nothing = (): Tensor => zeros([]);

/**
 * The columns of the product of k reflections, with signs.
 *
 * @param x  [n, k], n ≥ k: below the diagonal of column j vector j, which is 0 before row j and 1 there; on
 *   the diagonal the sign of column j
 */
function productOf(x: Tensor): Tensor {
  const [n, k] = x.shape as [number, number];
  const start = eye(n, { columns: k, dtype: x.dtype as FloatType });
  const vectors = x.tril({ offset: -1 }).add(start);
  const [q] = scan(
    (q: Tensor, v: Tensor) => [reflected(q, v), nothing()] as const,
    start,
    vectors.T.flip(0),
  );
  return q.mul(x.diagonal().detach().sign());
}

/** x as productOf takes it, whose product is the Q of w = Q·R with a positive diagonal of R. */
function vectorsOf(w: Tensor): Tensor {
  const [n, k] = w.shape as [number, number];
  const [row, column] = [arange(n), arange(k)];
  const [, found] = scan(
    (r: Tensor, j: Tensor) => {
      const x = r.take(j, { axis: 1 }).where(row.greaterEqual(j), 0);
      const first = x.take(j);
      const sign = first.sign().add(first.equal(0));
      const end = x.norm().mul(sign).neg(); // of the column, reflected: what is left at row j
      const v = x.sub(end.where(row.equal(j), 0));
      const below = v.div(first.sub(end)).where(row.greater(j), 0);
      return [reflected(r, v), end.sign().where(row.equal(j), below)] as const;
    },
    w,
    column,
  );
  return found.T;
}

/**
 * Gives a layer an orthogonal matrix in place of its weight: its rows are of length 1 and at right angles
 * (or its columns, if there are fewer), and stay so while it is trained.
 *
 * It starts with the Q of w = Q·R: w itself, if it is orthogonal. In the state dict and among the
 * parameters the weight is replaced by `weight_orig`, of its shape: the vectors of reflections, and on the
 * diagonal signs, which are not trained. removeReparametrization makes it one parameter again.
 *
 * @param layer    changed in place: any module with a parameter in the field
 * @param options  name: the field. Default "weight"
 * @returns        the layer
 * @throws ShapeError     the parameter is no matrix
 * @throws ArgumentError  the field holds no parameter
 * @cost    4·n·k² FLOP a pass, one reflection after the other
 * @source  Mhammedi et al. 2017, Efficient Orthogonal Parametrisation of Recurrent Neural Networks Using
 *   Householder Reflections. arXiv:1612.00188; PyTorch's parametrizations.orthogonal, "householder"
 * @example
 * const layer = orthogonalParametrization(new nn.Linear(3, 3));
 * layer.weight.matmul(layer.weight.T).round(); // [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
 */
export function orthogonalParametrization<M extends Module>(
  layer: M,
  { name = "weight" }: { name?: string } = {},
): M {
  /** As a matrix of no fewer rows than columns, and back. */
  const turned = (w: Tensor): Tensor => ((w.shape[0] as number) < (w.shape[1] as number) ? w.T : w);
  replaceParameter("orthogonalParametrization", layer, {
    name,
    parts: (weight) => {
      if (weight.rank !== 2) {
        throw new ShapeError(
          `orthogonalParametrization: "${name}" must be a matrix, not ${showShape(weight.shape)}`,
        );
      }
      const vectors = vectorsOf(turned(weight));
      return { orig: new Parameter(turned(weight) === weight ? vectors : vectors.T) };
    },
    value: ({ orig }) => {
      const tall = turned(orig);
      return tall === orig ? productOf(orig) : productOf(tall).T;
    },
  });
  return layer;
}
