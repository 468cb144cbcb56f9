#include "tests/models/model/arithmetic_cases.h"

#include <cmath>
#include <limits>

#include "tests/models/model/arithmetic_inputs.h"

namespace graft::test {

namespace {

Cases operators() {
  return {
      {"operator+", [](const T& t) { return t[0] + t[1]; }, {image(), positive()}},
      {"operator+", [](const T& t) { return 2 + t[0] + 1; }, {image()}},
      {"operator-", [](const T& t) { return t[0] - t[1]; }, {image(), spaced({2, 1, 2, 1}, 2, 0, 2)}},
      {"operator-", [](const T& t) { return 2 - (-t[0] - 1); }, {image()}},
      {"operator*", [](const T& t) { return t[0] * t[1]; }, {image(), positive()}},
      {"operator*", [](const T& t) { return 2 * t[0] * 3; }, {image()}},
      {"operator/", [](const T& t) { return t[0] / t[1]; }, {image(), positive()}},
      {"operator/", [](const T& t) { return 2 / t[0] / 3; }, {positive()}},
      {"pow", [](const T& t) { return pow(t[0], t[1]); }, {positive(), image()}},
      {"pow", [](const T& t) { return pow(t[0], 2.5); }, {positive()}},
      {"maximum", [](const T& t) { return maximum(t[0], t[1]); }, {image(), spaced({2, 3, 2, 4}, 2, 0.011, 9)}},
      {"maximum", [](const T& t) { return maximum(t[0], 0.25); }, {image()}},
      {"minimum", [](const T& t) { return minimum(t[0], t[1]); }, {image(), spaced({2, 3, 2, 4}, 2, 0.011, 9)}},
      {"minimum", [](const T& t) { return minimum(t[0], 0.25); }, {image()}},
  };
}

Cases functions_of_one() {
  return {
      {"sqrt", [](const T& t) { return sqrt(t[0]); }, {positive()}},
      {"rsqrt", [](const T& t) { return rsqrt(t[0]); }, {positive()}},
      {"exp", [](const T& t) { return exp(t[0]); }, {image()}},
      {"log", [](const T& t) { return log(t[0]); }, {positive()}},
      {"abs", [](const T& t) { return abs(t[0]); }, {image()}},
      {"square", [](const T& t) { return square(t[0]); }, {image()}},
      {"sin", [](const T& t) { return sin(t[0]); }, {image()}},
      {"cos", [](const T& t) { return cos(t[0]); }, {image()}},
      {"erf", [](const T& t) { return erf(t[0]); }, {image()}},
      {"sign", [](const T& t) { return sign(t[0]); }, {image()}},
      {"floor", [](const T& t) { return floor(t[0]); }, {image()}},
      {"round", [](const T& t) { return round(t[0]); }, {image()}},
      {"clip", [](const T& t) { return clip(t[0], -0.5, 0.25); }, {image()}},
      {"tanh", [](const T& t) { return tanh(t[0]); }, {image()}},
      {"sigmoid", [](const T& t) { return sigmoid(t[0]); }, {image()}},
      {"relu", [](const T& t) { return relu(t[0]); }, {image()}},
      {"softplus", [](const T& t) { return softplus(t[0]); }, {image()}},
      {"softmax", [](const T& t) { return softmax(t[0]); }, {image()}},
      {"softmax", [](const T& t) { return softmax(t[0], 1); }, {image()}},
      {"log_softmax", [](const T& t) { return log_softmax(t[0]); }, {image()}},
      {"log_softmax", [](const T& t) { return log_softmax(t[0], 2); }, {image()}},
      {"random_normal", [](const T& t) { return t[0] * random_normal(t[0], 1, 2); }, {image()}},
      {"stop_gradient", [](const T& t) { return stop_gradient(t[0]); }, {image()}, false},
  };
}

Cases reductions() {
  Cases cases;
  const auto add = [&](const char* name, Reduce reduce) {
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {}, false); }, {image()}});
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {1, -1}, false); }, {image()}});
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {0, 2}, true); }, {image()}});
  };
  add("mean", mean);
  add("sum", sum);
  add("max", max);
  add("min", min);
  return cases;
}

Cases choices() {
  return {
      {"greater", [](const T& t) { return greater(t[0], t[1]); }, {image(), positive()}},
      {"greater", [](const T& t) { return greater(t[0], 0); }, {image()}},
      {"greater_equal", [](const T& t) { return greater_equal(t[0], t[1]); }, {image(), positive()}},
      {"greater_equal", [](const T& t) { return greater_equal(t[0], 0); }, {image()}},
      {"less", [](const T& t) { return less(t[0], t[1]); }, {image(), positive()}},
      {"less", [](const T& t) { return less(t[0], 0); }, {image()}},
      {"less_equal", [](const T& t) { return less_equal(t[0], t[1]); }, {image(), positive()}},
      {"less_equal", [](const T& t) { return less_equal(t[0], 0); }, {image()}},
      {"equal", [](const T& t) { return equal(t[0], t[1]); }, {image(), positive()}},
      {"equal", [](const T& t) { return equal(round(t[0]), 1); }, {image()}},
      {"not_equal", [](const T& t) { return not_equal(t[0], t[1]); }, {image(), positive()}},
      {"not_equal", [](const T& t) { return not_equal(round(t[0]), 1); }, {image()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), square(t[0]), t[1]); }, {image(), positive()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), t[0], 2); }, {image()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), 2, t[0]); }, {image()}},
      {"argmax", [](const T& t) { return argmax(t[0], 1); }, {image()}},
      {"one_hot", [](const T& t) { return one_hot(round(t[0]), 3); }, {numbers({2, 4})}},
  };
}

Cases moves() {
  return {
      {"matmul", [](const T& t) { return matmul(t[0], t[1]); }, {spaced({2, 3, 4}), spaced({2, 4, 5}, 2, 0, 4)}},
      {"matmul", [](const T& t) { return matmul(t[0], transpose(t[0])); }, {rows()}},
      {"concat", [](const T& t) { return concat({t[0], t[1]}); }, {image(), spaced({2, 3, 2, 1})}},
      {"concat", [](const T& t) { return concat({t[0], square(t[0])}, 1); }, {image()}},
      {"slice", [](const T& t) { return slice(t[0], {0, 1, 0, 2}, {Shape::none, 2, Shape::none, 1}); }, {image()}},
      {"reshape", [](const T& t) { return reshape(t[0], {4, -1}); }, {image()}},
      {"transpose", [](const T& t) { return transpose(t[0]); }, {rows()}},
      {"transpose", [](const T& t) { return transpose(t[0], {0, 3, 1, 2}); }, {image()}},
      {"expand_dims", [](const T& t) { return expand_dims(t[0], 2); }, {image()}},
      {"squeeze", [](const T& t) { return squeeze(t[0], 1); }, {spaced({2, 1, 3, 2})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), 0); }, {rows(), numbers({3})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), -1); }, {rows(), numbers({3, 2})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), 2); }, {image(), numbers({2, 3, 2})}},
  };
}

Cases more_operators() {
  return {
      {"operator+", [](const T& t) { return array() + (t[0] + array()); }, {image()}},
      {"operator-", [](const T& t) { return array() - (t[0] - array()); }, {image()}},
      {"operator*", [](const T& t) { return array() * (t[0] * array()); }, {image()}},
      {"operator/", [](const T& t) { return array() / (t[0] / array()); }, {positive()}},
      {"operator+", [](const T& t) { return 1 - (whole(t[0]) + 2) * 3 / 2; }, {image()}, false},
  };
}

using OfOne = SymbolicTensor (*)(const Operand&);

Cases more_of_one() {
  Cases cases;
  const auto add = [&](const std::vector<std::pair<const char*, OfOne>>& functions, const Tensor& data,
                       bool gradients = true) {
    for (const auto& [name, function] : functions)
      cases.push_back({name, [f = function](const T& t) { return f(t[0]); }, {data}, gradients});
  };
  add({{"exp2", exp2},
       {"expm1", expm1},
       {"cbrt", cbrt},
       {"reciprocal", reciprocal},
       {"log2", log2},
       {"log10", log10},
       {"log1p", log1p}},
      positive());
  add({{"tan", tan},
       {"arcsin", arcsin},
       {"arccos", arccos},
       {"arctan", arctan},
       {"sinh", sinh},
       {"cosh", cosh},
       {"arcsinh", arcsinh},
       {"arctanh", arctanh},
       {"sinc", sinc},
       {"deg2rad", deg2rad},
       {"rad2deg", rad2deg},
       {"erfc", erfc},
       {"erfinv", erfinv},
       {"i0", i0}},
      unit());
  add({{"arccosh", arccosh}}, spaced({2, 3, 2, 4}, 1, 2));
  add({{"ceil", ceil},
       {"trunc", trunc},
       {"relu6", relu6},
       {"silu", silu},
       {"softsign", softsign},
       {"selu", selu},
       {"log_sigmoid", log_sigmoid},
       {"hard_sigmoid", hard_sigmoid},
       {"hard_silu", hard_silu},
       {"hard_tanh", hard_tanh},
       {"tanh_shrink", tanh_shrink},
       {"sparse_plus", sparse_plus},
       {"sparse_sigmoid", sparse_sigmoid}},
      image());
  add({{"isnan", isnan},
       {"isinf", isinf},
       {"isfinite", isfinite},
       {"isposinf", isposinf},
       {"isneginf", isneginf},
       {"signbit", signbit},
       {"logical_not", logical_not},
       {"zeros_like", zeros_like},
       {"ones_like", ones_like}},
      broken(), false);
  return cases;
}

Cases activations() {
  return {
      {"leaky_relu", [](const T& t) { return leaky_relu(t[0], 0.3); }, {image()}},
      {"elu", [](const T& t) { return elu(t[0], 0.5); }, {image()}},
      {"celu", [](const T& t) { return celu(t[0], 0.5); }, {image()}},
      {"gelu", [](const T& t) { return gelu(gelu(t[0]), false); }, {image()}},
      {"squareplus", [](const T& t) { return squareplus(t[0], 2); }, {image()}},
      {"soft_shrink", [](const T& t) { return soft_shrink(t[0], 0.25); }, {image()}},
      {"hard_shrink", [](const T& t) { return hard_shrink(t[0], 0.25); }, {image()}},
      {"threshold", [](const T& t) { return threshold(t[0], 0.25, -1); }, {image()}},
      {"glu", [](const T& t) { return glu(t[0], 2); }, {image()}},
      {"sparsemax", [](const T& t) { return sparsemax(t[0]); }, {image()}},
      {"nan_to_num", [](const T& t) { return nan_to_num(t[0], 1, 2, -2); }, {broken()}, false},
      {"bitwise_not", [](const T& t) { return bitwise_not(whole(t[0])); }, {image()}, false},
      {"cast", [](const T& t) { return cast(t[0] * 9, "int32"); }, {image()}, false},
      {"saturate_cast", [](const T& t) { return saturate_cast(t[0] * 900, "uint8"); }, {image()}, false},
      {"round", [](const T& t) { return round(t[0], 1); }, {image()}, false},
  };
}

}  // namespace

Cases arithmetic_cases() {
  Cases all = more_arithmetic_cases();
  for (const Cases& part : {operators(), functions_of_one(), reductions(), choices(), moves(), more_operators(),
                            more_of_one(), activations()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace graft::test
