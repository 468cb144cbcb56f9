#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graft/ops/program/builder.h"
#include "graft/ops/run/executable.h"

namespace graft::test {

/// The layout of inputs of rank 3 and more: that of a Program's inputs, or that of images inside a Program.
enum class Lie { row_major, channels_last };

/// Emits the code under test; the inputs have the logical dims of the given tensors.
using Emit = std::function<ops::Value(ops::Builder&, const ops::Values& inputs)>;

/// Emits, compiles and runs a program of one output; checks (doctest) that no step is a reference implementation.
Tensor compute(const Emit& emit, const std::vector<Tensor>& inputs, Lie lie = Lie::row_major, int threads = 0);

/// Compares the gradients of a weighted sum of the output for every input with central differences, for both
/// layouts. `fixed` are indices of inputs that have no gradient. The tolerance is a part of the largest gradient.
void check_gradients(const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs,
                     const std::vector<size_t>& fixed = {}, double tolerance = 2e-3);

/// Checks the values for both layouts and for one thread and more: `expected`, within the tolerance.
void check_values(const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs, const Tensor& expected,
                  double tolerance = 1e-6);

/// Normal numbers, reproducible.
Tensor noise(const Shape& shape, uint64_t seed = 1);

}  // namespace graft::test
