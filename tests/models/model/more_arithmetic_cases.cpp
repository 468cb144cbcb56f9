#include "tests/models/model/arithmetic_inputs.h"

#include <cmath>
#include <limits>

namespace graft::test {

namespace {

using OfTwo = SymbolicTensor (*)(const Argument&, const Argument&);

Cases of_two() {
  Cases cases;
  const auto add = [&](const char* name, OfTwo f, const Tensor& a, const Tensor& b, bool gradients = true) {
    cases.push_back({name, [f](const T& t) { return f(t[0], t[1]); }, {a, b}, gradients});
    cases.push_back({name, [f](const T& t) { return f(t[0], 1.5); }, {a}, gradients});
    cases.push_back({name, [f](const T& t) { return f(counts(), t[0]); }, {b}, gradients});
  };
  add("divide_no_nan", divide_no_nan, image(), positive());
  add("floor_divide", floor_divide, image(), positive(), false);
  add("mod", mod, image(), positive(), false);
  add("fmod", fmod, image(), positive(), false);
  add("fmax", fmax, image(), image_apart());
  add("fmin", fmin, image(), image_apart());
  add("arctan2", arctan2, image(), positive());
  add("polar", [](const Argument& size, const Argument& turn) { return real(polar(size, turn)); }, positive(), image());
  add("imag", [](const Argument& size, const Argument& turn) { return imag(polar(size, turn)); }, positive(), image());
  add(
      "conj", [](const Argument& size, const Argument& turn) { return imag(conj(polar(size, turn))); }, positive(),
      image());
  // The angle does not depend on the size, nor the size on the angle: a factor makes both gradients larger than
  // rounding.
  cases.push_back({"angle", [](const T& t) { return angle(polar(t[0], t[1])) * t[0]; }, {positive(), image()}});
  cases.push_back({"abs", [](const T& t) { return abs(polar(t[0], t[1])) * t[1]; }, {positive(), image()}});
  cases.push_back({"real", [](const T& t) { return real(t[0]); }, {image()}});
  cases.push_back({"angle", [](const T& t) { return angle(t[0]); }, {image()}, false});
  add("hypot", hypot, image(), positive());
  add("heaviside", heaviside, image(), positive());
  add("logaddexp", logaddexp, image(), positive());
  add("logaddexp2", logaddexp2, image(), positive());
  add("nextafter", nextafter, image(), positive(), false);
  cases.push_back({"ldexp", [](const T& t) { return ldexp(t[0], counts()); }, {image()}, false});
  const auto add_whole = [&](const char* name, OfTwo f) {
    cases.push_back({name, [f](const T& t) { return f(whole(t[0]), whole(t[1])); }, {positive(), positive()}, false});
  };
  for (const auto& [name, f] : std::vector<std::pair<const char*, OfTwo>>{{"gcd", gcd},
                                                                          {"lcm", lcm},
                                                                          {"bitwise_and", bitwise_and},
                                                                          {"bitwise_or", bitwise_or},
                                                                          {"bitwise_xor", bitwise_xor},
                                                                          {"left_shift", left_shift},
                                                                          {"right_shift", right_shift}})
    add_whole(name, f);
  for (const auto& [name, f] : std::vector<std::pair<const char*, OfTwo>>{
           {"logical_and", logical_and}, {"logical_or", logical_or}, {"logical_xor", logical_xor}})
    cases.push_back({name, [own = f](const T& t) { return own(truth(t[0]), truth(t[1])); }, {image(), unit()}, false});
  cases.push_back({"isclose", [](const T& t) { return isclose(t[0], t[1], 0.1, 0.1); }, {image(), unit()}, false});
  return cases;
}

Cases more_reductions() {
  Cases cases;
  const auto add = [&](const char* name, Reduce reduce, const Tensor& data, bool gradients = true) {
    for (const std::vector<int64_t>& axes : {std::vector<int64_t>{}, {1, -1}, {2}})
      cases.push_back({name, [=](const T& t) { return reduce(t[0], axes, axes.size() == 1); }, {data}, gradients});
  };
  add("prod", prod, positive());
  add("stddev", stddev, image());
  add("var", var, image());
  add("logsumexp", logsumexp, image());
  add("ptp", ptp, image());
  add("median", median, image());
  add("all", all, image(), false);
  add("any", any, image(), false);
  for (const auto& [name, reduce] : std::vector<std::pair<const char*, Reduce>>{{"nansum", nansum},
                                                                                {"nanprod", nanprod},
                                                                                {"nanmax", nanmax},
                                                                                {"nanmin", nanmin},
                                                                                {"nanmean", nanmean},
                                                                                {"nanstd", nanstd},
                                                                                {"nanvar", nanvar},
                                                                                {"nanmedian", nanmedian}})
    add(name, reduce, some_nan(), false);
  return cases;
}

Cases statistics() {
  return {
      {"count_nonzero", [](const T& t) { return count_nonzero(relu(t[0]), {1}); }, {image()}, false},
      {"quantile", [](const T& t) { return quantile(t[0], 0.3, {1, 2}, "linear", true); }, {image()}},
      {"quantile", [](const T& t) { return quantile(t[0], 0.3, {}, "nearest"); }, {image()}},
      {"nanquantile", [](const T& t) { return nanquantile(t[0], 0.4, {-1}); }, {some_nan()}, false},
      {"average", [](const T& t) { return average(t[0], counts(), -1); }, {image()}},
      {"norm", [](const T& t) { return norm(t[0], {-1}); }, {image()}},
      {"norm", [](const T& t) { return norm(t[0], {1, 2}, true, 1); }, {image()}},
      {"norm", [](const T& t) { return norm(t[0], {-1}, false, std::numeric_limits<double>::infinity()); }, {image()}},
      {"moments", [](const T& t) { return moments(t[0], {1, 2}); }, {image()}},
      {"argmin", [](const T& t) { return argmin(t[0], 1, true); }, {image()}, false},
      {"cumsum", [](const T& t) { return cumsum(t[0], 1); }, {image()}},
      {"cumprod", [](const T& t) { return cumprod(t[0]); }, {rows()}},
      {"nancumsum", [](const T& t) { return nancumsum(t[0], 2); }, {some_nan()}, false},
      {"nancumprod", [](const T& t) { return nancumprod(t[0], -1); }, {some_nan()}, false},
      {"diff", [](const T& t) { return diff(t[0], 2, 1); }, {rows()}},
      {"trapezoid", [](const T& t) { return trapezoid(t[0], 0.5, 1); }, {image()}},
  };
}

Cases more_moves() {
  return {
      {"ravel", [](const T& t) { return ravel(t[0]); }, {image()}},
      {"broadcast_to", [](const T& t) { return broadcast_to(mean(t[0], {0}), {5, 3, 4}); }, {spaced({2, 3, 4})}},
      {"swapaxes", [](const T& t) { return swapaxes(t[0], 1, 3); }, {image()}},
      {"moveaxis", [](const T& t) { return moveaxis(t[0], 1, -1); }, {image()}},
      {"flip", [](const T& t) { return flip(flip(t[0], {1, -1})); }, {image()}},
      {"roll", [](const T& t) { return roll(roll(t[0], -1, 1), 3); }, {image()}},
      {"rot90", [](const T& t) { return rot90(rot90(t[0], 1, 1, 2), 3, 1, 3); }, {image()}},
      {"tile", [](const T& t) { return tile(t[0], {1, 2, 1, 3}); }, {image()}},
      {"repeat", [](const T& t) { return repeat(t[0], 2, 1); }, {image()}},
      {"pad", [](const T& t) { return pad(t[0], {{0, 0}, {1, 2}, {0, 0}, {0, 1}}, "constant", 3); }, {image()}},
      {"pad", [](const T& t) { return pad(t[0], {{0, 0}, {1, 2}, {0, 1}, {0, 0}}, "reflect"); }, {image()}},
      {"stack", [](const T& t) { return stack({t[0], square(t[0])}, -1); }, {image()}},
      {"split", [](const T& t) { return split(t[0], 2, -1); }, {image()}},
      {"split", [](const T& t) { return split(t[0], {1, 3}, -1); }, {image()}},
      {"unstack", [](const T& t) { return unstack(t[0], 2); }, {image()}},
      {"meshgrid", [](const T& t) { return meshgrid({mean(t[0], {0}), mean(t[0], {1})}); }, {rows()}},
      {"diag", [](const T& t) { return diag(mean(t[0], {0}), 1); }, {rows()}},
      {"diagonal", [](const T& t) { return diagonal(t[0], -1, 1, 3); }, {image()}},
      {"trace", [](const T& t) { return trace(t[0], 1, 1, 2); }, {image()}},
      {"tril", [](const T& t) { return tril(t[0], 1); }, {image()}},
      {"triu", [](const T& t) { return triu(t[0]); }, {image()}},
      {"full_like", [](const T& t) { return full_like(t[0], 2) * t[0]; }, {image()}},
  };
}

Cases indices() {
  const Tensor places(Shape{2, 1}, std::vector<float>{2, 0}), segments(Shape{3}, std::vector<float>{0, 1, 0});
  return {
      {"gather", [](const T& t) { return gather(counts(), cast(greater(t[0], 0), "int32"), 0); }, {rows()}, false},
      {"take_along_axis", [](const T& t) { return take_along_axis(t[0], round(t[1]), 1); }, {rows(), numbers({3, 2})}},
      {"multi_hot", [](const T& t) { return multi_hot(round(t[0]), 3); }, {numbers({2, 4})}},
      {"get_item",
       [](const T& t) {
         const Literal all = Literal::Slice{}, reversed = Literal::Slice{.step = -1};
         return get_item(t[0], {all, 1, Literal(), Literal::Ellipsis{}, reversed});
       },
       {image()}},
      {"slice_update", [](const T& t) { return slice_update(t[0], {0, 1}, Tensor::full({2, 2}, 3)); }, {rows()}},
      {"scatter", [places](const T& t) { return scatter(places, t[0], {4, 4}); }, {spaced({2, 4})}},
      {"scatter_update",
       [places](const T& t) { return scatter_update(t[0], places, Tensor::full({2, 4}, 1), "add"); },
       {rows()}},
      {"segment_sum", [segments](const T& t) { return segment_sum(t[0], segments, 3); }, {rows()}},
      {"segment_max", [segments](const T& t) { return segment_max(t[0], segments, 2); }, {rows()}},
      {"sort", [](const T& t) { return sort(t[0], 1); }, {image()}},
      {"argsort", [](const T& t) { return argsort(t[0]); }, {image()}, false},
      {"top_k", [](const T& t) { return top_k(t[0], 2)[0]; }, {image()}},
      {"in_top_k", [](const T& t) { return in_top_k(round(abs(t[1])), t[0], 2); }, {rows(), numbers({3})}, false},
      {"searchsorted",
       [](const T& t) { return searchsorted(Tensor(Shape{2}, std::vector<float>{-0.5f, 0.5f}), t[0], "right"); },
       {rows()},
       false},
      {"digitize",
       [](const T& t) { return digitize(t[0], Tensor(Shape{2}, std::vector<float>{-0.5f, 0.5f})); },
       {rows()},
       false},
      {"isin", [](const T& t) { return isin(round(t[0]), counts(), true); }, {rows()}, false},
  };
}

Cases products() {
  return {
      {"matmul", [](const T& t) { return matmul(t[0], Tensor::full({4, 2}, 2)); }, {image()}},
      {"dot", [](const T& t) { return dot(t[0], t[1]); }, {rows(), spaced({4, 2}, 2, 0, 3)}},
      {"inner", [](const T& t) { return inner(t[0], Tensor::full({2, 4}, 2)); }, {rows()}},
      {"outer", [](const T& t) { return outer(t[0], counts()); }, {rows()}},
      {"vdot", [](const T& t) { return vdot(t[0], t[0]); }, {rows()}},
      {"kron", [](const T& t) { return kron(t[0], Tensor::full({2, 2}, 2)); }, {rows()}},
      {"tensordot", [](const T& t) { return tensordot(t[0], Tensor::full({2, 4, 3}, 2), 2); }, {image()}},
      {"cross", [](const T& t) { return cross(t[0], t[1]); }, {spaced({2, 3}), spaced({2, 3}, 2, 0, 3)}},
      {"einsum",
       [](const T& t) { return einsum("bij,bkj->bki", {t[0], t[1]}); },
       {spaced({2, 3, 4}), spaced({2, 5, 4})}},
      {"einsum", [](const T& t) { return einsum("...ii->...", {t[0]}); }, {matrices()}},
      {"cdist", [](const T& t) { return cdist(t[0], t[1]); }, {spaced({2, 3, 4}), spaced({2, 5, 4}, 2, 3)}},
      {"correlate", [](const T& t) { return correlate(mean(t[0], {0}), Tensor::full({2}, 2), "full"); }, {rows()}},
      {"corrcoef", [](const T& t) { return corrcoef(t[0]); }, {rows()}},
      {"cholesky", [](const T& t) { return cholesky(covariance(t)); }, {matrices()}},
      {"qr", [](const T& t) { return qr(dominant(t)); }, {matrices()}, false},
      {"svd", [](const T& t) { return svd(dominant(t), true, false); }, {matrices()}},
      {"eigh", [](const T& t) { return eigh(covariance(t))[0]; }, {matrices()}},
      {"lu_factor", [](const T& t) { return lu_factor(dominant(t)); }, {matrices()}, false},
      {"det", [](const T& t) { return det(dominant(t)); }, {matrices()}},
      {"slogdet", [](const T& t) { return slogdet(dominant(t))[1]; }, {matrices()}},
      {"logdet", [](const T& t) { return logdet(covariance(t)); }, {matrices()}},
      {"matrix_rank", [](const T& t) { return matrix_rank(dominant(t)); }, {matrices()}, false},
      {"inv", [](const T& t) { return inv(dominant(t)); }, {matrices()}},
      {"pinv", [](const T& t) { return pinv(dominant(t)); }, {matrices()}, false},
      {"matrix_power", [](const T& t) { return matrix_power(dominant(t), 3); }, {matrices()}},
      {"cholesky_inverse", [](const T& t) { return cholesky_inverse(cholesky(covariance(t))); }, {matrices()}},
      {"solve", [](const T& t) { return solve(dominant(t), t[1]); }, {matrices(), spaced({2, 3, 2}, 2, 0, 3)}},
      {"solve_triangular",
       [](const T& t) { return solve_triangular(dominant(t), t[1], true); },
       {matrices(), spaced({2, 3, 2}, 2, 0, 3)}},
      {"lstsq", [](const T& t) { return lstsq(dominant(t), t[1]); }, {matrices(), spaced({2, 3, 2}, 2, 0, 3)}, false},
  };
}

Cases networks() {
  return {
      {"normalize", [](const T& t) { return normalize(normalize(t[0], 1, 1)); }, {image()}},
      {"layer_normalization", [](const T& t) { return layer_normalization(t[0], counts(), array()); }, {image()}},
      {"rms_normalization", [](const T& t) { return rms_normalization(t[0], counts()); }, {image()}},
      {"batch_normalization",
       [](const T& t) { return batch_normalization(t[0], array(), counts(), -1, array(), counts()); },
       {image()}},
      {"binary_crossentropy",
       [](const T& t) { return binary_crossentropy(t[0], t[1]); },
       {spaced({2, 4}, 0.8, 0.5), spaced({2, 4}, 0.8, 0.5, 3)}},
      {"categorical_crossentropy",
       [](const T& t) { return categorical_crossentropy(t[0], softmax(t[1])); },
       {spaced({2, 4}, 0.8, 0.5), spaced({2, 4})}},
      {"sparse_categorical_crossentropy",
       [](const T& t) { return sparse_categorical_crossentropy(cast(greater(t[0], 0), "int32"), t[1], true); },
       {spaced({2, 3}), spaced({2, 3, 4})},
       false},
      {"psnr", [](const T& t) { return psnr(t[0], t[1], 2); }, {image(), positive()}},
      {"dot_product_attention",
       [](const T& t) { return dot_product_attention(t[0], t[1], t[2], true); },
       {spaced({2, 3, 2, 4}), spaced({2, 3, 2, 4}, 2, 0, 3), spaced({2, 3, 2, 4}, 2, 0, 5)}},
  };
}

Cases images() {
  const Tensor turn(Shape{8}, std::vector<float>{1, 0.13f, 0.37f, 0.07f, 1, -0.41f, 0, 0});
  return {
      {"conv", [](const T& t) { return conv(t[0], spaced({3, 2, 4, 2}), 2, "same"); }, {picture()}},
      {"depthwise_conv", [](const T& t) { return depthwise_conv(t[0], spaced({3, 2, 4, 2})); }, {picture()}},
      {"max_pool", [](const T& t) { return max_pool(t[0], 2); }, {picture()}},
      {"average_pool", [](const T& t) { return average_pool(t[0], 3, 2, "same"); }, {picture()}},
      {"depth_to_space", [](const T& t) { return depth_to_space(t[0], 2); }, {picture()}},
      {"space_to_depth", [](const T& t) { return space_to_depth(t[0], 2); }, {picture()}},
      {"extract_patches", [](const T& t) { return extract_patches(t[0], 2, 1); }, {picture()}},
      {"resize", [](const T& t) { return resize(t[0], {3, 5}); }, {picture()}},
      {"rgb_to_grayscale", [](const T& t) { return rgb_to_grayscale(t[0]); }, {spaced({2, 3, 2, 3}, 0.8, 0.5)}},
      {"rgb_to_hsv", [](const T& t) { return rgb_to_hsv(t[0]); }, {spaced({2, 3, 2, 3}, 0.8, 0.5)}, false},
      {"hsv_to_rgb", [](const T& t) { return hsv_to_rgb(t[0]); }, {spaced({2, 3, 2, 3}, 0.8, 0.5)}, false},
      {"affine_transform", [turn](const T& t) { return affine_transform(t[0], turn); }, {picture()}},
      {"gaussian_blur", [](const T& t) { return gaussian_blur(t[0]); }, {picture()}},
      {"fft", [](const T& t) { return fft(t[0], t[1]); }, {rows(), positive_rows()}},
      {"fft2", [](const T& t) { return fft2(t[0], t[1]); }, {rows(), positive_rows()}},
      {"ifft2", [](const T& t) { return ifft2(t[0], t[1]); }, {rows(), positive_rows()}},
      {"rfft", [](const T& t) { return rfft(t[0], 6); }, {rows()}},
      {"irfft", [](const T& t) { return irfft(t[0], t[1]); }, {rows(), positive_rows()}},
      {"stft", [](const T& t) { return stft(t[0], 4, 2, 6); }, {spaced({2, 16})}},
      {"istft",
       [](const T& t) {
         const T spectrum = stft(t[0], 4, 2, 4);
         return istft(spectrum[0], spectrum[1], 4, 2, 4);
       },
       {spaced({2, 16})}},
      {"extract_sequences", [](const T& t) { return extract_sequences(t[0], 4, 3); }, {spaced({2, 16})}},
  };
}

}  // namespace

Cases more_arithmetic_cases() {
  Cases all;
  for (const Cases& part :
       {of_two(), more_reductions(), statistics(), more_moves(), indices(), products(), networks(), images()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace graft::test
