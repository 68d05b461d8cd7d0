// The door to models: known networks, one file each.

export { AlexNet, type AlexNetOptions } from "./alexnet.ts";
export {
  BERT,
  type BERTInput,
  type BERTOptions,
  type MaskOptions,
  maskTokens,
  type PretrainingBatch,
} from "./bert.ts";
export { Captioner, type CaptionerOptions } from "./captioner.ts";
export { DenseNet, type DenseNetOptions } from "./densenet.ts";
export { characterIds, ELMo, type ELMoOptions, LayerMix } from "./elmo.ts";
export { GCN, type GCNOptions } from "./gcn.ts";
export {
  GoogLeNet,
  type GoogLeNetLogits,
  type GoogLeNetOptions,
  Inception,
  type InceptionMaps,
} from "./googlenet.ts";
export { type GenerateOptions, GPT, type GPTOptions } from "./gpt.ts";
export { LeNet, type LeNetOptions } from "./lenet.ts";
export { LeNet5, type LeNet5Options } from "./lenet-5.ts";
export { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
export { NeuralLanguageModel, type NeuralLanguageModelOptions } from "./neural-language-model.ts";
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
export { type Encoded, Seq2Seq, type Seq2SeqOptions, type TranslateOptions } from "./seq2seq.ts";
export {
  type TransformerTranslateOptions,
  TranslationTransformer,
  type TranslationTransformerOptions,
} from "./translation-transformer.ts";
export { UNet, type UNetOptions } from "./unet.ts";
export { VGG, type VGGOptions } from "./vgg.ts";
export { VisionTransformer, type VisionTransformerOptions } from "./vision-transformer.ts";
export { ZFNet, type ZFNetOptions } from "./zfnet.ts";
