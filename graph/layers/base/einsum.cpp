#include "graft/graph/layers/base/einsum.h"

#include <algorithm>
#include <map>

#include "graft/core/error.h"

namespace graft {

static constexpr const char* kDots = "...";

// Letters for the dimensions of "..." that no equation uses.
static std::string dots_letters(int64_t count) {
  std::string letters;
  for (int64_t i = 0; i < count; ++i) letters += static_cast<char>('0' + i);
  return letters;
}

static std::string without_dots(const std::string& term, const std::string& letters) {
  const size_t at = term.find(kDots);
  return at == std::string::npos ? term : term.substr(0, at) + letters + term.substr(at + 3);
}

static int64_t letters_of(const std::string& term) {
  return static_cast<int64_t>(std::ranges::count_if(term, [](char c) { return c != '.'; }));
}

EinsumEquation einsum_equation(const std::string& text, int64_t left_rank, int64_t right_rank) {
  std::string plain;
  for (const char c : text)
    if (c != ' ') plain += c;
  const size_t comma = plain.find(','), arrow = plain.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || arrow < comma)
    throw ConfigError(cat("equation must be like \"abc,cd->abd\"; received \"", text, '"'));
  EinsumEquation equation{plain.substr(0, comma), plain.substr(comma + 1, arrow - comma - 1), plain.substr(arrow + 2)};
  int64_t dots = 0;
  for (const auto& [term, rank] : {std::pair{equation.left, left_rank}, std::pair{equation.right, right_rank}})
    if (term.find(kDots) != std::string::npos) dots = std::max(dots, rank - letters_of(term));
  for (std::string* term : {&equation.left, &equation.right, &equation.result})
    *term = without_dots(*term, dots_letters(dots));
  for (const auto& [term, rank] : {std::pair{equation.left, left_rank}, std::pair{equation.right, right_rank}})
    if (static_cast<int64_t>(term.size()) != rank)
      throw ConfigError(cat("equation \"", text, "\" does not fit an operand of rank ", rank));
  return equation;
}

namespace {

bool has(const std::string& term, char letter) { return term.find(letter) != std::string::npos; }

// The operand with its letters in this order; letters that are in `from` alone have been summed before.
ops::Value ordered(ops::Builder& b, ops::Value x, const std::string& from, const std::string& to) {
  std::vector<int> order;
  for (const char letter : to) order.push_back(static_cast<int>(from.find(letter)));
  return b.transpose(x, order);
}

// Sums the letters that neither the other operand nor the result has.
ops::Value without_lone(ops::Builder& b, ops::Value x, std::string& term, const std::string& others) {
  std::vector<int> axes;
  ops::Dims dims;
  std::string kept;
  for (size_t i = 0; i < term.size(); ++i)
    if (has(others, term[i])) {
      kept += term[i];
      dims.push_back(b.dims(x)[i]);
    } else {
      axes.push_back(static_cast<int>(i));
    }
  if (axes.empty()) return x;
  term = kept;
  return b.reshape(b.reduce(ops::Reduction::sum, x, axes), dims);
}

}  // namespace

ops::Value emit_einsum(ops::Builder& b, const EinsumEquation& equation, ops::Value left, ops::Value right) {
  std::string a = equation.left, c = equation.right;
  left = without_lone(b, left, a, c + equation.result);
  right = without_lone(b, right, c, a + equation.result);
  std::map<char, int64_t> sizes;
  for (size_t i = 0; i < a.size(); ++i) sizes[a[i]] = b.dims(left)[i];
  for (size_t i = 0; i < c.size(); ++i) sizes[c[i]] = b.dims(right)[i];
  const auto product = [&](const std::string& letters) {
    int64_t total = 1;
    for (const char letter : letters) total *= sizes.at(letter);
    return total;
  };
  std::string both, rows, columns, summed;
  for (const char letter : a) (!has(c, letter) ? rows : has(equation.result, letter) ? both : summed) += letter;
  for (const char letter : c)
    if (!has(a, letter)) columns += letter;
  ops::Dims x{product(both), product(rows), product(summed)}, y{product(both), product(summed), product(columns)};
  if (both.empty()) {  // one product of matrices, which is the fastest of all
    x.erase(x.begin());
    y.erase(y.begin());
  }
  const ops::Value result = b.matmul(b.reshape(ordered(b, left, a, both + rows + summed), x),
                                     b.reshape(ordered(b, right, c, both + summed + columns), y));
  ops::Dims dims;
  for (const char letter : both + rows + columns) dims.push_back(sizes.at(letter));
  if (dims.empty()) return b.reshape(result, {1});
  return ordered(b, b.reshape(result, dims), both + rows + columns, equation.result);
}

}  // namespace graft
