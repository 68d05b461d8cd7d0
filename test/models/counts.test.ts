// How large the known networks are: torchvision's counts where it has the model, derived here from the
// papers' tables where it does not. Nothing is allocated for it. And their names in state dicts.

import { beforeEach, describe, expect, test } from "vitest";
import {
  AlexNet,
  DenseNet,
  GoogLeNet,
  Inception,
  LeNet5,
  resnet18,
  resnet34,
  resnet50,
  UNet,
  VGG,
  VisionTransformer,
  ZFNet,
} from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { zeros } from "../../src/tensor/create.ts";
import { memory } from "../../src/tensor/engine.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => setDefaultDevice("reference"));

/** Numbers of a convolution with bias, and of a linear layer. */
const conv = (size: number, inputs: number, maps: number): number =>
  size * size * inputs * maps + maps;
const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs;
const sum = (...counts: number[]): number => counts.reduce((a, b) => a + b, 0);

describe("numbers to train", () => {
  const lenet = (): number =>
    sum(conv(5, 1, 6), conv(5, 6, 16), linear(400, 120), linear(120, 84), linear(84, 10));
  const alexnet = (): number =>
    sum(
      ...[conv(11, 3, 64), conv(5, 64, 192), conv(3, 192, 384), conv(3, 384, 256)],
      ...[conv(3, 256, 256), linear(256 * 36, 4096), linear(4096, 4096), linear(4096, 1000)],
    );
  // Zeiler and Fergus 2013, fig. 3.
  const zfnet = (): number =>
    sum(
      ...[conv(7, 3, 96), conv(5, 96, 256), conv(3, 256, 384), conv(3, 384, 384)],
      ...[conv(3, 384, 256), linear(256 * 36, 4096), linear(4096, 4096), linear(4096, 1000)],
    );
  // Simonyan and Zisserman 2015, table 1: convolutions of each stage.
  const vgg = (...stages: readonly number[]): number => {
    const maps = stages.flatMap((n, stage) =>
      Array<number>(n).fill(Math.min(512, 64 * 2 ** stage)),
    );
    const features = maps.map((m, i) => conv(3, i === 0 ? 3 : maps[i - 1]!, m));
    return sum(...features, linear(512 * 49, 4096), linear(4096, 4096), linear(4096, 1000));
  };
  /** A convolution without bias, and γ and β behind it. */
  const normalized = (size: number, inputs: number, maps: number): number =>
    conv(size, inputs, maps) - maps + 2 * maps;
  /** Basic blocks: two 3×3 without bias, each with γ and β; a projection where the width doubles. */
  const resnet = (blocks: readonly number[]): number => {
    let [count, inputs] = [normalized(7, 3, 64), 64];
    for (const [stage, n] of blocks.entries()) {
      const width = 64 * 2 ** stage;
      for (let i = 0; i < n; i++) {
        count += normalized(3, inputs, width) + normalized(3, width, width);
        if (inputs !== width) count += normalized(1, inputs, width);
        inputs = width;
      }
    }
    return count + linear(512, 1000);
  };
  /** Bottlenecks: 1×1, 3×3, 1×1 to four times the width, and a projection at each stage's begin. */
  const resnetWide = (blocks: readonly number[]): number => {
    let [count, inputs] = [normalized(7, 3, 64), 64];
    for (const [stage, n] of blocks.entries()) {
      const width = 64 * 2 ** stage;
      for (let i = 0; i < n; i++) {
        count += normalized(1, inputs, width) + normalized(3, width, width);
        count += normalized(1, width, 4 * width);
        if (i === 0) count += normalized(1, inputs, 4 * width);
        inputs = 4 * width;
      }
    }
    return count + linear(2048, 1000);
  };
  /** Huang et al. 2017, table 1, with growth 32: γ and β stand before each convolution. */
  const densenet = (blocks: readonly number[]): number => {
    let [count, maps] = [normalized(7, 3, 64), 64];
    for (const [i, n] of blocks.entries()) {
      for (let l = 0; l < n; l++, maps += 32)
        count += 2 * maps + maps * 128 + 2 * 128 + 9 * 128 * 32;
      if (i === blocks.length - 1) break;
      count += 2 * maps + (maps * maps) / 2;
      maps /= 2;
    }
    return count + 2 * maps + linear(maps, 1000);
  };
  /** Dosovitskiy et al. 2021, table 1, Base: twelve blocks of width 768. */
  const vit = (): number => {
    const [w, hidden] = [768, 3072];
    const block = sum(
      2 * w,
      linear(w, 3 * w),
      linear(w, w),
      2 * w,
      linear(w, hidden),
      linear(hidden, w),
    );
    return sum(conv(16, 3, w), w, 197 * w, 12 * block, 2 * w, linear(w, 1000));
  };
  // Szegedy et al. 2015, table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj.
  const rows = [
    [64, 96, 128, 16, 32, 32],
    [128, 128, 192, 32, 96, 64],
    [192, 96, 208, 16, 48, 64],
    [160, 112, 224, 24, 64, 64],
    [128, 128, 256, 24, 64, 64],
    [112, 144, 288, 32, 64, 64],
    [256, 160, 320, 32, 128, 128],
    [256, 160, 320, 32, 128, 128],
    [384, 192, 384, 48, 128, 128],
  ] as const;
  const googlenet = (): number => {
    let [count, inputs] = [sum(conv(7, 3, 64), conv(1, 64, 64), conv(3, 64, 192)), 192];
    for (const [one, reduce3, three, reduce5, five, pool] of rows) {
      count += sum(
        ...[conv(1, inputs, one), conv(1, inputs, reduce3), conv(3, reduce3, three)],
        ...[conv(1, inputs, reduce5), conv(5, reduce5, five), conv(1, inputs, pool)],
      );
      inputs = one + three + five + pool;
    }
    return count + linear(1024, 1000);
  };
  // Half-way, behind 4a (512 maps) and 4d (528).
  const halfway = (): number =>
    [512, 528]
      .map((maps) => sum(conv(1, maps, 128), linear(128 * 16, 1024), linear(1024, 1000)))
      .reduce((a, b) => a + b);
  // Ronneberger et al. 2015, fig. 1.
  const unet = (): number => {
    const twice = (inputs: number, maps: number): number =>
      conv(3, inputs, maps) + conv(3, maps, maps);
    const levels = [64, 128, 256, 512, 1024];
    const down = levels.map((maps, i) => twice(i === 0 ? 1 : levels[i - 1]!, maps));
    const up = levels.slice(0, 4).map((maps) => conv(2, 2 * maps, maps) + twice(2 * maps, maps));
    return sum(...down, ...up, conv(1, 64, 2));
  };

  test.each([
    ["LeNet5", () => new LeNet5(), 61_706, lenet()],
    ["MN-01 AlexNet", () => new AlexNet(), 61_100_840, alexnet()],
    ["MN-01 ZFNet", () => new ZFNet(), 62_357_608, zfnet()],
    ["MN-01 VGG-16", () => new VGG(), 138_357_544, vgg(2, 2, 3, 3, 3)],
    ["MN-01 VGG-11", () => new VGG({ depth: 11 }), 132_863_336, vgg(1, 1, 2, 2, 2)],
    ["MN-01 VGG-19", () => new VGG({ depth: 19 }), 143_667_240, vgg(2, 2, 4, 4, 4)],
    [
      "MN-01 VGG-16 normalised",
      () => new VGG({ batchNorm: true }),
      138_365_992,
      vgg(2, 2, 3, 3, 3) + 2 * 4224,
    ],
    ["MN-02 GoogLeNet", () => new GoogLeNet(), 6_998_552, googlenet()],
    [
      "MN-02 GoogLeNet, training",
      () => new GoogLeNet({ auxiliary: true }),
      undefined,
      googlenet() + halfway(),
    ],
    ["MN-03 ResNet-18", () => resnet18(), 11_689_512, resnet([2, 2, 2, 2])],
    ["MN-03 ResNet-34", () => resnet34(), 21_797_672, resnet([3, 4, 6, 3])],
    ["MN-03 ResNet-50", () => resnet50(), 25_557_032, resnetWide([3, 4, 6, 3])],
    ["MN-04 DenseNet-121", () => new DenseNet(), 7_978_856, densenet([6, 12, 24, 16])],
    ["MN-04 UNet", () => new UNet(), 31_030_658, unet()],
    ["MN-05 ViT-B/16", () => new VisionTransformer(), 86_567_656, vit()],
  ] as const)("%s", (_, make, published, derived) => {
    const before = memory();
    const count = nn.countParameters(make());
    if (published !== undefined) expect(count).toBe(published);
    expect(count).toBe(derived);
    expect(memory()).toEqual(before);
  });
});

describe("names of torchvision", () => {
  const names = (model: nn.Module): string[] =>
    [...Object.keys(model.stateDict())].filter((name) => !name.endsWith("num_batches_tracked"));

  test("AlexNet and VGG: features and classifier by index", () => {
    const weights = (model: nn.Module): string[] =>
      names(model).filter((n) => n.endsWith("weight"));
    expect(weights(new AlexNet())).toEqual([
      ...[0, 3, 6, 8, 10].map((i) => `features.${i}.weight`),
      ...[1, 4, 6].map((i) => `classifier.${i}.weight`),
    ]);
    expect(weights(new VGG())).toEqual([
      ...[0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28].map((i) => `features.${i}.weight`),
      ...[0, 3, 6].map((i) => `classifier.${i}.weight`),
    ]);
  });

  test("ResNet", () => {
    const found = names(resnet50());
    expect(found).toHaveLength(1 + 53 * 4 + 52 + 2);
    for (const name of [
      "conv1.weight",
      "bn1.running_var",
      "layer1.0.downsample.0.weight",
      "layer2.0.downsample.1.running_mean",
      "layer4.2.conv3.weight",
      "layer3.5.bn3.bias",
      "fc.bias",
    ]) {
      expect(found).toContain(name);
    }
    expect(names(resnet18())).not.toContain("layer1.0.downsample.0.weight");
  });

  test("DenseNet", () => {
    const found = names(new DenseNet());
    for (const name of [
      "features.conv0.weight",
      "features.norm0.running_mean",
      "features.denseblock1.denselayer1.norm1.weight",
      "features.denseblock4.denselayer16.conv2.weight",
      "features.transition3.conv.weight",
      "features.norm5.bias",
      "classifier.weight",
    ]) {
      expect(found).toContain(name);
    }
  });

  test("ViT", () => {
    expect(names(new VisionTransformer({ depth: 1 }))).toEqual([
      "class_token",
      "conv_proj.weight",
      "conv_proj.bias",
      "encoder.pos_embedding",
      ...[
        ...["ln_1.weight", "ln_1.bias"],
        ...["self_attention.in_proj_weight", "self_attention.in_proj_bias"],
        ...["self_attention.out_proj.weight", "self_attention.out_proj.bias"],
        ...["ln_2.weight", "ln_2.bias", "mlp.0.weight", "mlp.0.bias", "mlp.3.weight", "mlp.3.bias"],
      ].map((name) => `encoder.layers.encoder_layer_0.${name}`),
      "encoder.ln.weight",
      "encoder.ln.bias",
      "heads.head.weight",
      "heads.head.bias",
    ]);
  });
});

describe("shapes in the papers' sizes, which are traced and not computed", () => {
  test("CN-19 LeNet's example: maps, units and weights", () => {
    const model = new LeNet5({ pooling: "max" });
    const table = model.summary({ input: [1, 1, 32, 32] });
    expect(table).toMatch(/c1 +Conv2d +\[1, 6, 28, 28\] +156/);
    expect(table).toMatch(/pool +MaxPool2d +\[1, 16, 5, 5\]/);
    expect(table).toMatch(/c3 +Conv2d +\[1, 16, 10, 10\] +2,416/);
    const c1 = model.c1.forward(zeros([1, 1, 32, 32]));
    const s2 = model.pool.forward(c1);
    const c3 = model.c3.forward(s2);
    expect([c1.size, s2.shape, c3.size]).toEqual([4704, [1, 6, 14, 14], 1600]);
    expect(model.features(zeros([1, 1, 32, 32])).shape).toEqual([1, 16, 5, 5]);
    expect(model.c1.weight.size).toBe(150);
    expect(model.c3.weight.size).toBe(2400);
    const layers = [model.c5, model.f6, model.output].map((layer) => nn.countParameters(layer));
    expect(layers).toEqual([48_120, 10_164, 850]);
    // The fully connected layers hold most of the parameters.
    expect(layers.reduce((a, b) => a + b) / nn.countParameters(model)).toBeGreaterThan(0.95);
    expect(() => model.forward(zeros([1, 1, 30, 30]))).toThrow(/32, 32/);
  });

  test("CN-21 inception: depth is the sum of the branches, and 1×1 convolutions save products", () => {
    const maps = { one: 64, three: [96, 128], five: [16, 32], pool: 32 } as const;
    const module = new Inception(192, maps);
    expect(module.maps).toBe(64 + 128 + 32 + 32);
    const small = new Inception(8, { one: 2, three: [3, 4], five: [1, 2], pool: 1 });
    expect(small.forward(zeros([2, 8, 6, 5])).shape).toEqual([2, 2 + 4 + 2 + 1, 6, 5]);
    const at = [28, 28];
    const shared = [nn.convolutionProducts(192, 64, 1, at), nn.convolutionProducts(192, 32, 1, at)];
    const direct = sum(
      ...shared,
      nn.convolutionProducts(192, 128, 3, at),
      nn.convolutionProducts(192, 32, 5, at),
    );
    const reduced = sum(
      ...shared,
      nn.convolutionProducts(192, 96, 1, at) + nn.convolutionProducts(96, 128, 3, at),
      nn.convolutionProducts(192, 16, 1, at) + nn.convolutionProducts(16, 32, 5, at),
    );
    expect([direct, reduced]).toEqual([784 * 393_216, 784 * 163_328]);
    // The weights of the module that is there are those counted.
    const weights = Object.entries(module.parameters()).filter(([name]) => name.endsWith("weight"));
    expect(sum(...weights.map(([, w]) => w.size))).toBe(reduced / 784);
  });

  test("MN-05 an image of 224 × 224 is a row of 196 patches, and the token in front", () => {
    const model = new VisionTransformer();
    expect(model.patches.forward(zeros([1, 3, 224, 224])).flatten(2).shape).toEqual([1, 768, 196]);
    expect(model.encoder.position.shape).toEqual([1, 197, 768]);
    expect(() => new VisionTransformer({ patch: 15 })).toThrow(/multiple of patch/);
    expect(() => model.forward(zeros([1, 3, 64, 64]))).toThrow(/224, 224/);
  });

  test("MN-04 channel arithmetic: growth in DenseNet's blocks, twice the maps at U-Net's levels", () => {
    const dense = new DenseNet().features;
    // 64 + 6·32 = 256, halved; 128 + 12·32 = 512, halved; …; 512 + 16·32 = 1024.
    const norms = ["transition1", "transition2", "transition3"].map(
      (name) => (dense[name] as nn.Module).parameters()["norm.weight"]!.size,
    );
    expect([...norms, (dense.norm5 as nn.BatchNorm2d).channels]).toEqual([256, 512, 1024, 1024]);
    const unet = new UNet();
    const inputs = unet.merge.map((row) => row.parameters()["0.weight"]!.shape[1]);
    expect(inputs).toEqual([1024, 512, 256, 128]);
    expect(unet.up.map((up) => up.weight.shape[1])).toEqual([512, 256, 128, 64]);
  });

  test("all the way through", () => {
    const shape = (model: nn.Module & nn.Layer, side: number, channels = 3): readonly number[] =>
      model.eval().forward(zeros([1, channels, side, side])).shape;
    const before = memory();
    expect(shape(new AlexNet(), 224)).toEqual([1, 1000]);
    const zf = new ZFNet();
    expect(shape(zf, 224)).toEqual([1, 1000]);
    expect(zf.features.forward(zeros([1, 3, 224, 224])).shape).toEqual([1, 256, 6, 6]);
    expect(shape(new VGG(), 224)).toEqual([1, 1000]);
    const google = new GoogLeNet({ auxiliary: true }).eval();
    const { logits, auxiliary } = google.classify(zeros([1, 3, 224, 224]));
    expect([logits, ...auxiliary].map((t) => t.shape)).toEqual([
      [1, 1000],
      [1, 1000],
      [1, 1000],
    ]);
    expect(shape(resnet50(), 224)).toEqual([1, 1000]);
    expect(resnet18().features(zeros([1, 3, 224, 224])).shape).toEqual([1, 512, 7, 7]);
    expect(shape(new DenseNet(), 224)).toEqual([1, 1000]);
    expect(shape(new UNet(), 572, 1)).toEqual([1, 2, 388, 388]);
    expect(() => new UNet().forward(zeros([1, 1, 570, 570]))).toThrow(/cannot be halved/);
    expect(shape(new VisionTransformer(), 224)).toEqual([1, 1000]);
    expect(memory()).toEqual(before);
  });
});
