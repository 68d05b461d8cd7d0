"""Writes convolution.json: convolution and pooling in one and three dimensions, transposed and
adaptive ones by PyTorch, in f64. Those in two dimensions are in layers.json.

Run: python3 make-convolution.py  (made with PyTorch 1.13)
"""

from torch import nn

from layer_cases import add, draw, layers, write

add("conv1d", nn.Conv1d(2, 3, 3, stride=2, padding=1), draw(2, 2, 7))
add("conv1d without batch", nn.Conv1d(2, 2, 2, dilation=2, bias=False), draw(2, 6))
add("conv1d same circular", nn.Conv1d(1, 2, 4, padding="same", padding_mode="circular"), draw(1, 1, 6))
add("conv1d depthwise", nn.Conv1d(3, 3, 3, groups=3, padding=2), draw(2, 3, 4))
add("conv3d", nn.Conv3d(2, 2, (2, 3, 1), stride=(1, 2, 1), padding=(1, 1, 0)), draw(1, 2, 3, 4, 2))
add("conv3d groups", nn.Conv3d(2, 4, 2, groups=2, dilation=(1, 2, 1)), draw(2, 2, 2, 3, 3))
add("conv3d replicate", nn.Conv3d(1, 1, 2, padding=1, padding_mode="replicate"), draw(1, 1, 2, 2, 2))
add("conv2d dilated", nn.Conv2d(1, 2, 3, dilation=2), draw(1, 1, 7, 6))
add("convTranspose1d", nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1), draw(2, 2, 4))
add(
    "convTranspose1d output padding",
    nn.ConvTranspose1d(2, 1, 4, stride=3, output_padding=2, bias=False),
    draw(2, 3),
)
add(
    "convTranspose2d",
    nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0)),
    draw(2, 3, 3, 4),
)
add("convTranspose2d groups", nn.ConvTranspose2d(4, 6, 2, groups=2, dilation=2), draw(1, 4, 3, 2))
add("convTranspose2d pointwise", nn.ConvTranspose2d(3, 2, 1, stride=2), draw(1, 3, 2, 3))
add("convTranspose3d", nn.ConvTranspose3d(2, 1, 2, stride=2), draw(1, 2, 2, 1, 2))
add("maxPool1d", nn.MaxPool1d(2, stride=1), draw(2, 2, 6))
add("maxPool1d ceil padding", nn.MaxPool1d(3, stride=2, padding=1, ceil_mode=True), draw(2, 6))
add("maxPool3d", nn.MaxPool3d(2), draw(1, 2, 4, 2, 3))
add("maxPool3d overlapping", nn.MaxPool3d((2, 3, 2), stride=1, padding=(1, 1, 0)), draw(1, 1, 2, 3, 3))
add("avgPool1d", nn.AvgPool1d(3, stride=2, padding=1), draw(2, 2, 6))
add(
    "avgPool1d ceil not counted",
    nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    draw(1, 2, 6),
)
add("avgPool3d", nn.AvgPool3d(2, stride=(1, 2, 2)), draw(1, 2, 3, 4, 2))
add("adaptiveAvgPool1d", nn.AdaptiveAvgPool1d(3), draw(2, 2, 7))
add("adaptiveAvgPool2d", nn.AdaptiveAvgPool2d((2, 3)), draw(2, 2, 5, 6))
add("adaptiveAvgPool2d larger", nn.AdaptiveAvgPool2d(4), draw(1, 1, 2, 3))
add("adaptiveAvgPool3d", nn.AdaptiveAvgPool3d((1, 2, 2)), draw(1, 2, 3, 4, 3))
add("adaptiveMaxPool1d", nn.AdaptiveMaxPool1d(2), draw(2, 2, 5))
add("adaptiveMaxPool2d", nn.AdaptiveMaxPool2d((2, 3)), draw(2, 2, 5, 6))
add("adaptiveMaxPool3d", nn.AdaptiveMaxPool3d((1, 2, 2)), draw(1, 2, 3, 4, 3))

write("convolution.json", layers)
