// ResNet, whole: blocks that add to their input, so that a hundred layers train as well as twenty. With
// basic blocks (18, 34) or bottlenecks (50), for photographs, or the narrow ones for 32 × 32 pixels;
// and the same nets without the shortcuts, which get worse with depth.
// He, Zhang, Ren and Sun 2016, "Deep Residual Learning for Image Recognition", table 1 and §4.2.
// arXiv:1512.03385; seed 003 §Residual layers.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { Conv2d } from "../nn/convolution/conv.ts";
import { kaimingNormal } from "../nn/init.ts";
import type { Initializer } from "../nn/initialize.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm2d } from "../nn/normalization/batch-norm.ts";
import { globalAvgPool } from "../nn/pooling/adaptive-pool.ts";
import { MaxPool2d } from "../nn/pooling/max-pool.ts";
import { Sequential, sequential } from "../nn/sequential.ts";
import type { FieldNames } from "../nn/state-keys.ts";
import { relu } from "../tensor/functions.ts";
import { requireOneOf, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** He's by the outputs: gradients keep their variance on the way back. */
const spread: Initializer = (shape, options) =>
  kaimingNormal(shape, { ...options, mode: "fanOut", nonlinearity: "relu" });

/** Without bias: the normalisation behind has one. */
const convolution = (inputs: number, maps: number, size: number, stride = 1): Conv2d =>
  new Conv2d(inputs, maps, size, {
    stride,
    padding: Math.floor(size / 2),
    bias: false,
    weightInit: spread,
  });

/**
 * What a block adds to where the shape changes: a 1×1 convolution (option B of the paper), zeros for
 * the new maps (A, which has no parameters), or nothing: a plain net.
 */
export type Shortcut = "projection" | "padding" | "none";
const shortcuts: readonly Shortcut[] = ["projection", "padding", "none"];

/** What blocks do: relu(shortcut(x) + residual(x)). */
abstract class Block extends Module {
  /** s: undefined where the input itself is added. */
  readonly downsample: Sequential | undefined;
  readonly shortcut: Shortcut;
  readonly stride: number;

  constructor(inputs: number, maps: number, stride: number, shortcut: Shortcut) {
    super();
    requireSizes(this.constructor.name, { inputs, width: maps, stride });
    requireOneOf(this.constructor.name, { shortcut }, shortcuts);
    this.shortcut = shortcut;
    this.stride = stride;
    const changes = stride !== 1 || inputs !== maps;
    this.downsample =
      shortcut === "projection" && changes
        ? sequential(convolution(inputs, maps, 1, stride), new BatchNorm2d(maps))
        : undefined;
  }

  /** f of x + f(x). */
  abstract residual(x: Tensor): Tensor;

  /** @param x  [batch, inputs, height, width] @returns [batch, maps, height / stride, width / stride] */
  forward(x: Tensor): Tensor {
    const y = this.residual(x);
    return relu(this.shortcut === "none" ? y : y.add(this.straight(x, y.shape[1] as number)));
  }

  private straight(x: Tensor, maps: number): Tensor {
    if (this.downsample !== undefined) return this.downsample.forward(x);
    const inputs = x.shape[1] as number;
    const sparse = this.stride === 1 ? x : x.at(":", ":", `::${this.stride}`, `::${this.stride}`);
    return inputs === maps ? sparse : sparse.pad([[0, maps - inputs], 0, 0]);
  }
}

/**
 * 3×3, 3×3. State-dict names are those of torchvision, here and below.
 *
 * @source  He et al. 2016, fig. 5 left. arXiv:1512.03385
 * @example
 * new BasicBlock(4, 8, { stride: 2 }).forward(zeros([1, 4, 6, 6])).shape; // [1, 8, 3, 3]
 */
export class BasicBlock extends Block {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;

  constructor(
    inputs: number,
    width: number,
    { stride = 1, shortcut = "projection" }: BlockOptions = {},
  ) {
    super(inputs, width, stride, shortcut);
    this.conv1 = convolution(inputs, width, 3, stride);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new BatchNorm2d(width);
  }

  residual(x: Tensor): Tensor {
    const y = relu(this.bn1.forward(this.conv1.forward(x)));
    return this.bn2.forward(this.conv2.forward(y));
  }
}

/** Options of BasicBlock and Bottleneck. */
export interface BlockOptions {
  /** Of the first 3×3 convolution. Default 1 */
  stride?: number;
  /** Default "projection" */
  shortcut?: Shortcut;
}

/**
 * 1×1, 3×3, 1×1: the 3×3 works on a quarter of the maps.
 *
 * @source  He et al. 2016, fig. 5 right. arXiv:1512.03385; the stride is in the 3×3, as everywhere since
 * @example
 * new Bottleneck(8, 2).forward(zeros([1, 8, 6, 6])).shape; // [1, 8, 6, 6]
 */
export class Bottleneck extends Block {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;

  constructor(
    inputs: number,
    width: number,
    { stride = 1, shortcut = "projection" }: BlockOptions = {},
  ) {
    super(inputs, 4 * width, stride, shortcut);
    requireSizes("Bottleneck", { width });
    this.conv1 = convolution(inputs, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3, stride);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = convolution(width, 4 * width, 1);
    this.bn3 = new BatchNorm2d(4 * width);
  }

  residual(x: Tensor): Tensor {
    const narrow = relu(this.bn1.forward(this.conv1.forward(x)));
    const seen = relu(this.bn2.forward(this.conv2.forward(narrow)));
    return this.bn3.forward(this.conv3.forward(seen));
  }
}

/** Options of ResNet. */
export interface ResNetOptions {
  /** Blocks of each stage. Default [2, 2, 2, 2]: ResNet-18 */
  blocks?: readonly number[];
  /** Maps of each stage (bottlenecks give four times as many). Default 64, and twice as many each time */
  widths?: readonly number[];
  /** Blocks with a bottleneck. Default false */
  bottleneck?: boolean;
  /** Before the blocks: 7×7 with stride 2 and pooling ("photograph", default), or 3×3 ("small"). */
  stem?: "photograph" | "small";
  /** Default "projection" */
  shortcut?: Shortcut;
  /** Default 1000, ImageNet's */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
}

/**
 * A classifier of images of any size from 32 × 32; ImageNet's are 224 × 224.
 *
 * @param options  blocks, widths, bottleneck, stem, shortcut, classes, channels
 * @cost    ResNet-18, -34, -50: 3.6, 7.3 and 8.2 GFLOP an image forwards
 * @source  He et al. 2016, table 1. arXiv:1512.03385
 * @example
 * new ResNet({ blocks: [1, 1], widths: [4, 8], stem: "small", classes: 10 }).forward(zeros([2, 3, 8, 8])).shape; // [2, 10]
 */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly maxpool: MaxPool2d | undefined;
  /** layer1, layer2, …: the stages. */
  readonly stages: Readonly<Record<string, Sequential>>;
  readonly fc: Linear;

  constructor(options: ResNetOptions = {}) {
    super();
    const { blocks = [2, 2, 2, 2], bottleneck = false, stem = "photograph" } = options;
    const { shortcut = "projection", classes = 1000, channels = 3 } = options;
    requireSizes("ResNet", { blocks, classes, channels });
    requireOneOf("ResNet", { shortcut }, shortcuts);
    requireOneOf("ResNet", { stem }, ["photograph", "small"]);
    const widths = options.widths ?? blocks.map((_, stage) => 64 * 2 ** stage);
    if (widths.length !== blocks.length || blocks.length === 0) {
      throw new ShapeError(
        `ResNet: blocks and widths must say as many stages, not ${blocks.length} and ${widths.length}`,
      );
    }
    requireSizes("ResNet", { widths });
    let inputs = widths[0] as number;
    const small = stem === "small";
    this.conv1 = convolution(channels, inputs, small ? 3 : 7, small ? 1 : 2);
    this.bn1 = new BatchNorm2d(inputs);
    this.maxpool = small ? undefined : new MaxPool2d(3, { stride: 2, padding: 1 });
    const stages: Record<string, Sequential> = {};
    for (const [stage, width] of widths.entries()) {
      const row: Block[] = [];
      for (let i = 0; i < (blocks[stage] as number); i++) {
        const settings: BlockOptions = { stride: i === 0 && stage > 0 ? 2 : 1, shortcut };
        row.push(
          bottleneck
            ? new Bottleneck(inputs, width, settings)
            : new BasicBlock(inputs, width, settings),
        );
        inputs = bottleneck ? 4 * width : width;
      }
      stages[`layer${stage + 1}`] = new Sequential(...row);
    }
    this.stages = stages;
    this.fc = new Linear(inputs, classes);
  }

  override get fieldNames(): FieldNames {
    return { stages: "" };
  }

  /** @param x  [batch, channels, height, width] @returns [batch, classes] logits */
  forward(x: Tensor): Tensor {
    return this.fc.forward(globalAvgPool(this.features(x)));
  }

  /** The maps behind the last stage. */
  features(x: Tensor): Tensor {
    let y = relu(this.bn1.forward(this.conv1.forward(x)));
    if (this.maxpool !== undefined) y = this.maxpool.forward(y);
    for (const stage of Object.values(this.stages)) y = stage.forward(y);
    return y; // [batch, maps, height / 32, width / 32] behind four stages
  }
}

type Sized = Omit<ResNetOptions, "blocks" | "bottleneck">;

/**
 * ResNet-18: 11,689,512 numbers to train, in stages of [2, 2, 2, 2] blocks.
 *
 * @param options  widths, stem, shortcut, classes, channels
 * @source  He et al. 2016, table 1. arXiv:1512.03385
 * @example
 * resnet18({ classes: 10 }).fc.weight.shape; // [10, 512]
 */
export const resnet18 = (options: Sized = {}): ResNet =>
  new ResNet({ ...options, blocks: [2, 2, 2, 2] });

/**
 * ResNet-34: 21,797,672 numbers to train, in stages of [3, 4, 6, 3] blocks.
 *
 * @param options  widths, stem, shortcut, classes, channels
 * @source  He et al. 2016, table 1. arXiv:1512.03385
 * @example
 * resnet34({ classes: 10 }).fc.weight.shape; // [10, 512]
 */
export const resnet34 = (options: Sized = {}): ResNet =>
  new ResNet({ ...options, blocks: [3, 4, 6, 3] });

/**
 * ResNet-50: 25,557,032 numbers to train, in stages of [3, 4, 6, 3] blocks, with bottlenecks.
 *
 * @param options  widths, stem, shortcut, classes, channels
 * @source  He et al. 2016, table 1. arXiv:1512.03385
 * @example
 * resnet50({ classes: 10 }).fc.weight.shape; // [10, 2048]
 */
export const resnet50 = (options: Sized = {}): ResNet =>
  new ResNet({ ...options, blocks: [3, 4, 6, 3], bottleneck: true });

/** Options of cifarResNet. */
export interface CifarResNetOptions {
  /** false: the same layers without shortcuts. Default true */
  residual?: boolean;
  /** Maps of the first stage; two and four times as many in the next. Default 16 */
  width?: number;
  /** Default 10 */
  classes?: number;
  /** Of the images. Default 3 */
  channels?: number;
}

/**
 * The narrow nets of 6n + 2 layers for images of 32 × 32: 20, 32, 44, 56, 110.
 *
 * @param depth    6n + 2 layers
 * @param options  residual, width, classes, channels
 * @throws ArgumentError  the depth is none of these
 * @source  He et al. 2016, §4.2. arXiv:1512.03385; shortcuts without parameters (option A)
 * @example
 * cifarResNet(8, { width: 4 }).forward(zeros([2, 3, 32, 32])).shape; // [2, 10]
 */
export function cifarResNet(depth: number, options: CifarResNetOptions = {}): ResNet {
  const { residual = true, width = 16, classes = 10, channels = 3 } = options;
  const n = (depth - 2) / 6;
  if (!Number.isInteger(n) || n < 1) {
    throw new ArgumentError(`cifarResNet: the depth must be 6n + 2 (8, 14, 20, …), not ${depth}`);
  }
  return new ResNet({
    blocks: [n, n, n],
    widths: [width, 2 * width, 4 * width],
    stem: "small",
    shortcut: residual ? "padding" : "none",
    classes,
    channels,
  });
}
