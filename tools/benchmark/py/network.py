"""Reads the Keras JSON and the weights that graft-bench saves as a PyTorch module: the layers of the zoo, in the
layouts and with the padding that PyTorch runs fastest."""

import json

import numpy
import torch
from torch import nn
from torch.nn import functional

import sequences

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "softmax": lambda: nn.Softmax(1)}


def read_weights(path):
    """The arrays of a .safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(numpy.frombuffer(data[slice(*entry["data_offsets"])], numpy.float32)
                                   .reshape(entry["shape"]).copy()) for name, entry in header.items()}


def same_padding(size, kernel, stride):
    """The zeros that Keras's "same" adds before and after; an odd one is added after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class OnnxConv(torch.autograd.Function):
    """Exports a convolution whose paddings differ between two sides as one node, as ONNX allows."""

    @staticmethod
    def forward(context, x, weight, bias, out, operator, attributes):
        return out

    @staticmethod
    def symbolic(g, x, weight, bias, out, operator, attributes):
        return g.op(operator, x, weight, *([] if bias is None else [bias]), **attributes)


class Conv(nn.Module):
    """Conv2D and DepthwiseConv2D; pads are (top, bottom, left, right)."""

    def __init__(self, conv, pads):
        super().__init__()
        self.conv, self.pads = conv, pads
        top, bottom, left, right = pads
        self.even = top == bottom and left == right
        if self.even:
            conv.padding = (top, left)

    def forward(self, x):
        if self.even:
            return self.conv(x)
        top, bottom, left, right = self.pads
        y = self.conv(functional.pad(x, (left, right, top, bottom)))
        if not torch.onnx.is_in_onnx_export():
            return y
        return OnnxConv.apply(x, self.conv.weight, self.conv.bias, y.detach(), "Conv", {
            "kernel_shape_i": self.conv.kernel_size, "strides_i": self.conv.stride, "group_i": self.conv.groups,
            "dilations_i": self.conv.dilation, "pads_i": [top, left, bottom, right]})


class ConvTranspose(nn.Module):
    """Conv2DTranspose: computes the whole result, which Keras's "same" crops by pads (top, bottom, left, right)."""

    def __init__(self, conv, pads):
        super().__init__()
        self.conv, self.pads = conv, pads
        self.conv.padding = (min(pads[:2]), min(pads[2:]))
        self.crop = [pad - self.conv.padding[k // 2] for k, pad in enumerate(pads)]

    def forward(self, x):
        y = self.conv(x)
        if not any(self.crop):
            return y
        top, bottom, left, right = self.crop
        y = y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]
        if not torch.onnx.is_in_onnx_export():
            return y
        return OnnxConv.apply(x, self.conv.weight, self.conv.bias, y.detach(), "ConvTranspose", {
            "kernel_shape_i": self.conv.kernel_size, "strides_i": self.conv.stride,
            "pads_i": [self.pads[k] for k in (0, 2, 1, 3)]})


class Flat(nn.Module):
    """Flatten: makes rows in Keras's order, channels last."""

    def forward(self, x):
        return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).flatten(1)


class Image(nn.Module):
    """Reshape: makes images of rows."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(-1, *self.shape).permute(0, 3, 1, 2)


class Mean(nn.Module):
    """Of all pixels of each channel."""

    def forward(self, x):
        return x.mean(tuple(range(2, x.dim())))


class Sum(nn.Module):
    def forward(self, *inputs):
        total = inputs[0] + inputs[1]
        for x in inputs[2:]:
            total = total + x
        return total


class Join(nn.Module):
    def forward(self, *inputs):
        return torch.cat(inputs, 1)


class Pads(nn.Module):
    def __init__(self, pads):
        super().__init__()
        self.pads = pads

    def forward(self, x):
        top, bottom, left, right = self.pads
        return functional.pad(x, (left, right, top, bottom))


class Reader:
    """Makes the module of a Keras layer from its config, its weights and the shapes of its inputs."""

    def __init__(self, weights, channels_first):
        self.weights, self.channels_first = weights, channels_first

    def module(self, layer, inputs, pads):
        """The layer's module and that of its activation. pads: of a ZeroPadding2D before it, which it takes over."""
        config = layer["config"]
        activation = config.get("activation", "linear")
        inside = activation == "linear" or layer["class_name"] in ("LSTM", "GRU")
        after = [] if inside else [ACTIVATIONS[activation]()]
        if layer["class_name"] == "Activation":
            return after
        return [getattr(self, layer["class_name"])(config, inputs[0].shape, pads)] + after

    def weight(self, config, name, *axes):
        values = self.weights[f"{config['name']}/{name}"]
        return nn.Parameter(values.permute(*axes).contiguous() if axes else values)

    def fill(self, module, config, kernel):
        module.weight = kernel
        if config["use_bias"]:
            module.bias = self.weight(config, "bias")
        return module

    def padding(self, config, shape, pads):
        if config["padding"] == "valid":
            return pads or (0, 0, 0, 0)
        return sum((same_padding(shape[2 + k], (config["kernel_size"][k] - 1) * config["dilation_rate"][k] + 1,
                                 config["strides"][k]) for k in (0, 1)), ())

    def Conv2D(self, config, shape, pads):
        conv = nn.Conv2d(shape[1], config["filters"], config["kernel_size"], config["strides"], groups=config["groups"],
                         dilation=config["dilation_rate"], bias=config["use_bias"])
        self.fill(conv, config, self.weight(config, "kernel", 3, 2, 0, 1))
        return Conv(conv, self.padding(config, shape, pads))

    def conv_of_rank(self, make, config, shape):
        """A convolution that pads evenly, over one axis or three."""
        pads = [same_padding(size, kernel, 1) for size, kernel in zip(shape[2:], config["kernel_size"])]
        plain = all(value == 1 for name in ("strides", "dilation_rate") for value in config[name])
        if config["padding"] != "same" or not plain or any(before != after for before, after in pads):
            raise NotImplementedError(f"{config['name']}: only even padding \"same\" without strides")
        conv = make(shape[1], config["filters"], config["kernel_size"], padding=[before for before, _ in pads],
                    groups=config["groups"], bias=config["use_bias"])
        axes = range(len(config["kernel_size"]))
        return self.fill(conv, config, self.weight(config, "kernel", len(axes) + 1, len(axes), *axes))

    def Conv1D(self, config, shape, pads):
        return self.conv_of_rank(nn.Conv1d, config, shape)

    def Conv3D(self, config, shape, pads):
        return self.conv_of_rank(nn.Conv3d, config, shape)

    def DepthwiseConv2D(self, config, shape, pads):
        filters = shape[1] * config["depth_multiplier"]
        conv = nn.Conv2d(shape[1], filters, config["kernel_size"], config["strides"], groups=shape[1],
                         dilation=config["dilation_rate"], bias=config["use_bias"])
        kernel = self.weight(config, "depthwise_kernel", 2, 3, 0, 1)
        self.fill(conv, config, nn.Parameter(kernel.detach().reshape(filters, 1, *config["kernel_size"])))
        return Conv(conv, self.padding(config, shape, pads))

    def Conv2DTranspose(self, config, shape, pads):
        kernel, strides, same = config["kernel_size"], config["strides"], config["padding"] == "same"
        crops = sum((((k - s) // 2, k - s - (k - s) // 2) if same else (0, 0) for k, s in zip(kernel, strides)), ())
        conv = nn.ConvTranspose2d(shape[1], config["filters"], kernel, strides, bias=config["use_bias"])
        return ConvTranspose(self.fill(conv, config, self.weight(config, "kernel", 3, 2, 0, 1)), crops)

    def Dense(self, config, shape, pads):
        dense = nn.Linear(shape[-1], config["units"], bias=config["use_bias"])
        return self.fill(dense, config, self.weight(config, "kernel", 1, 0))

    def Embedding(self, config, shape, pads):
        return nn.Embedding.from_pretrained(self.weight(config, "embeddings"), freeze=False)

    def recurrent_weights(self, name):
        return tuple(self.weights[f"{name}/{weight}"] for weight in ("kernel", "recurrent_kernel", "bias"))

    def LSTM(self, config, shape, pads):
        return sequences.recurrent("LSTM", config, shape[-1], [self.recurrent_weights(config["name"])])

    def GRU(self, config, shape, pads):
        return sequences.recurrent("GRU", config, shape[-1], [self.recurrent_weights(config["name"])])

    def Bidirectional(self, config, shape, pads):
        if config["merge_mode"] != "concat":
            raise NotImplementedError("Bidirectional but for merge_mode \"concat\"")
        layer, given = config["layer"], config["layer"]["config"]
        names = (given["name"], config["backward_layer"]["config"]["name"])
        both = [self.recurrent_weights(f"{config['name']}/{name}") for name in names]
        return sequences.recurrent(layer["class_name"], given, shape[-1], both)

    def LayerNormalization(self, config, shape, pads):
        norm = nn.LayerNorm(shape[-1], eps=config["epsilon"])
        norm.weight, norm.bias = self.weight(config, "gamma"), self.weight(config, "beta")
        return norm

    def MultiHeadAttention(self, config, shape, pads):
        def of(name, weight):
            return self.weights[f"{config['name']}/{name}/{weight}"]
        width, three = shape[-1], ("query", "key", "value")
        inputs, output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        inputs.weight.data.copy_(torch.cat([of(name, "kernel").reshape(width, width).T for name in three]))
        inputs.bias.data.copy_(torch.cat([of(name, "bias").flatten() for name in three]))
        output.weight.data.copy_(of("attention_output", "kernel").reshape(width, width).T)
        output.bias.data.copy_(of("attention_output", "bias"))
        return sequences.Attention(config["num_heads"], inputs, output)

    def BatchNormalization(self, config, shape, pads):
        make = nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d
        norm = make(shape[1], eps=config["epsilon"], momentum=1 - config["momentum"])
        norm.weight, norm.bias = self.weight(config, "gamma"), self.weight(config, "beta")
        norm.running_mean.copy_(self.weight(config, "moving_mean").detach())
        norm.running_var.copy_(self.weight(config, "moving_variance").detach())
        return norm

    def MaxPooling2D(self, config, shape, pads):
        if config["padding"] != "valid":
            raise NotImplementedError("MaxPooling2D with padding \"same\"")
        padding = (pads[0], pads[2]) if pads else 0
        return nn.MaxPool2d(config["pool_size"], config["strides"], padding)

    def MaxPooling1D(self, config, shape, pads):
        return self.max_pooling(nn.MaxPool1d, config)

    def MaxPooling3D(self, config, shape, pads):
        return self.max_pooling(nn.MaxPool3d, config)

    def max_pooling(self, make, config):
        if config["padding"] != "valid":
            raise NotImplementedError("max pooling with padding \"same\"")
        return make(config["pool_size"], config["strides"])

    def ReLU(self, config, shape, pads):
        if config["max_value"] not in (None, 6) or config["negative_slope"] or config["threshold"]:
            raise NotImplementedError("ReLU but for that of 6")
        return nn.ReLU6() if config["max_value"] else nn.ReLU()

    def LeakyReLU(self, config, shape, pads):
        return nn.LeakyReLU(config["negative_slope"] if "negative_slope" in config else config["alpha"])

    def Dropout(self, config, shape, pads):
        return nn.Dropout(config["rate"])

    def UpSampling2D(self, config, shape, pads):
        return nn.Upsample(scale_factor=tuple(map(float, config["size"])), mode=config["interpolation"])

    def ZeroPadding2D(self, config, shape, pads):
        return Pads(sum(map(tuple, config["padding"]), ()))

    def GlobalAveragePooling2D(self, config, shape, pads):
        return Mean()

    def GlobalAveragePooling1D(self, config, shape, pads):
        return Mean() if self.channels_first else sequences.MeanOfSteps()

    def GlobalAveragePooling3D(self, config, shape, pads):
        return Mean()

    def Flatten(self, config, shape, pads):
        return Flat()

    def Reshape(self, config, shape, pads):
        return Image(config["target_shape"])

    def Add(self, config, shape, pads):
        return Sum()

    def Concatenate(self, config, shape, pads):
        return Join()


class Network(nn.Module):
    """The modules of all layers in order. The last activation is kept apart, because PyTorch's losses include it."""

    def __init__(self, architecture, weights):
        super().__init__()
        layers = {layer["name"]: layer for layer in architecture["config"]["layers"]}
        self.layers, self.parts, self.steps, self.head = layers, nn.ModuleList(), [], nn.Identity()
        classes = {layer["class_name"] for layer in layers.values()}
        self.channels_first, self.reads_words = any("Conv" in name for name in classes), "Embedding" in classes
        reader, samples = Reader(weights, self.channels_first), {}
        for name, layer in layers.items():
            if layer["class_name"] == "InputLayer":
                self.input, samples[name] = name, self.sample(layer["config"]["batch_input_shape"])
            elif not self.folds_into_users(name):
                self.add(reader, name, samples)
        if type(self.parts[-1]) in (nn.Softmax, nn.Sigmoid):
            self.head = self.parts[-1]
            del self.parts[-1], self.steps[-1]

    def inputs_of(self, name):
        return [call[0] for call in self.layers[name]["inbound_nodes"][0]]

    def folds_into_users(self, name):
        """Whether this is a ZeroPadding2D whose padding all layers that use it can take over."""
        layer = self.layers[name]
        if layer["class_name"] != "ZeroPadding2D":
            return False
        behind_relu = self.layers[self.inputs_of(name)[0]]["config"].get("activation") == "relu"
        (top, bottom), (left, right) = layer["config"]["padding"]
        for user, other in self.layers.items():
            if other["inbound_nodes"] and name in self.inputs_of(user):
                convolves = other["class_name"] in ("Conv2D", "DepthwiseConv2D")
                pools = other["class_name"] == "MaxPooling2D" and behind_relu and top == bottom and left == right
                if not (convolves or pools) or other["config"]["padding"] != "valid":
                    return False
        return True

    def add(self, reader, name, samples):
        inputs, pads = self.inputs_of(name), None
        if self.folds_into_users(inputs[0]):
            pads = sum(map(tuple, self.layers[inputs[0]]["config"]["padding"]), ())
            inputs = self.inputs_of(inputs[0])
        for module in reader.module(self.layers[name], [samples[i] for i in inputs], pads):
            self.parts.append(module)
            self.steps.append((inputs, name))
            with torch.no_grad():
                samples[name] = module.eval()(*[samples[i] for i in inputs])
            inputs = [name]

    def laid_out(self, x):
        """Channels before rows and columns, as PyTorch's convolutions expect them."""
        return x.movedim(-1, 1).contiguous() if self.channels_first and x.dim() > 2 else x

    def sample(self, shape):
        return self.laid_out(torch.zeros(1, *shape[1:], dtype=torch.long if self.reads_words else torch.float))

    def logits(self, x):
        values = {self.input: x}
        for (inputs, output), part in zip(self.steps, self.parts):
            values[output] = part(*[values[name] for name in inputs])
        return values[self.steps[-1][1]]

    def forward(self, x):
        return self.head(self.logits(x))


def read_network(folder):
    with open(f"{folder}/model.json") as file:
        return Network(json.load(file), read_weights(f"{folder}/weights.safetensors"))
