// The door to models: known networks, one file each.

export { AlexNet, type AlexNetOptions } from "./alexnet.ts";
export { DenseNet, type DenseNetOptions } from "./densenet.ts";
export {
  GoogLeNet,
  type GoogLeNetLogits,
  type GoogLeNetOptions,
  Inception,
  type InceptionMaps,
} from "./googlenet.ts";
export { LeNet, type LeNetOptions } from "./lenet.ts";
export { LeNet5, type LeNet5Options } from "./lenet-5.ts";
export {
  BasicBlock,
  type BlockOptions,
  Bottleneck,
  type CifarResNetOptions,
  cifarResNet,
  ResNet,
  type ResNetOptions,
  resnet18,
  resnet34,
  resnet50,
  type Shortcut,
} from "./resnet.ts";
export { UNet, type UNetOptions } from "./unet.ts";
export { VGG, type VGGOptions } from "./vgg.ts";
export { VisionTransformer, type VisionTransformerOptions } from "./vision-transformer.ts";
export { ZFNet, type ZFNetOptions } from "./zfnet.ts";
