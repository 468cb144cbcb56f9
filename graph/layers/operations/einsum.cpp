#include "graft/graph/layers/operations/einsum.h"

#include <algorithm>
#include <map>

#include "graft/graph/layers/operations/expressions.h"

namespace graft {

namespace {

// An axis: a letter, or a number below 0 for those of "...", counted from the end.
using Labels = std::vector<int>;

struct Term {
  Value value;
  Labels labels;
};

bool contains(const Labels& labels, int label) { return std::ranges::find(labels, label) != labels.end(); }

class Einsum {
 public:
  Einsum(In in, const std::string& subscripts) : in_(in), subscripts_(subscripts) {
    std::string text;
    for (const char c : subscripts)
      if (c != ' ') text += c;
    const size_t arrow = text.find("->");
    explicit_ = arrow != std::string::npos;
    if (explicit_) result_ = text.substr(arrow + 2);
    std::string part;
    for (const char c : text.substr(0, arrow) + ",")
      if (c == ',') {
        parts_.push_back(part);
        part.clear();
      } else {
        part += c;
      }
  }

  Value run(const Values& operands) {
    if (operands.size() != parts_.size())
      throw ConfigError(
          cat("subscripts \"", subscripts_, "\" name ", parts_.size(), " operands; received ", operands.size()));
    std::vector<Term> terms;
    for (size_t i = 0; i < operands.size(); ++i) {
      const Dims dims = in_.dims_of(operands[i]);
      terms.push_back(without_repeats({operands[i], labels_of(parts_[i], std::ssize(dims))}));
    }
    const Labels wanted = result_labels(terms);
    Term product = terms[0];
    for (size_t i = 1; i < terms.size(); ++i) {
      Labels later = wanted;
      for (size_t k = i + 1; k < terms.size(); ++k)
        later.insert(later.end(), terms[k].labels.begin(), terms[k].labels.end());
      product = multiplied(product, terms[i], later);
    }
    return ordered(summed(product, wanted), wanted);
  }

 private:
  Labels labels_of(const std::string& part, int64_t rank) {
    const size_t dots = part.find("...");
    const int64_t letters = std::ssize(part) - (dots == std::string::npos ? 0 : 3);
    const int64_t open = rank - letters;
    if (open < 0 || (dots == std::string::npos && open != 0))
      throw ShapeError(cat("subscripts \"", part, "\" do not fit an operand of rank ", rank));
    open_ = std::max(open_, open);
    Labels labels;
    for (size_t i = 0; i < part.size(); ++i) {
      if (i == dots) {
        for (int64_t k = open; k > 0; --k) labels.push_back(static_cast<int>(-k));
        i += 2;
      } else if (std::isalpha(static_cast<unsigned char>(part[i]))) {
        labels.push_back(part[i]);
      } else {
        throw ConfigError(cat("subscripts must be letters, \"...\", \",\" and \"->\"; received \"", subscripts_, '"'));
      }
    }
    return labels;
  }

  // Without "->": the axes of "...", then the letters that occur once, in alphabetical order.
  Labels result_labels(const std::vector<Term>& terms) {
    if (explicit_) {
      const int64_t letters = std::ssize(result_) - (result_.find("...") == std::string::npos ? 0 : 3);
      return labels_of(result_, letters + (result_.find("...") == std::string::npos ? 0 : open_));
    }
    std::map<int, int> counts;
    for (const Term& term : terms)
      for (const int label : term.labels) ++counts[label];
    Labels labels;
    for (const auto& [label, count] : counts)
      if (label < 0 || count == 1) labels.push_back(label);
    return labels;
  }

  // An operand with the same letter twice gives the diagonal of these axes.
  Term without_repeats(Term term) const {
    for (size_t i = 0; i < term.labels.size(); ++i)
      for (size_t k = i + 1; k < term.labels.size(); ++k) {
        if (term.labels[i] != term.labels[k]) continue;
        const auto rank = static_cast<int>(term.labels.size());
        const Value last = moved(in_, term.value, {static_cast<int>(i), static_cast<int>(k)}, {rank - 2, rank - 1});
        const int label = term.labels[i];
        term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(k));
        term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(i));
        term.labels.push_back(label);
        return without_repeats({diagonal_of(in_, last, 0), term.labels});
      }
    return term;
  }

  // The sum over all axes that nothing else needs.
  Term summed(const Term& term, const Labels& needed) const {
    std::vector<int> axes;
    Dims dims;
    Term result{term.value, {}};
    for (size_t i = 0; i < term.labels.size(); ++i) {
      if (contains(needed, term.labels[i])) {
        result.labels.push_back(term.labels[i]);
        dims.push_back(in_.b.dims(term.value)[i]);
      } else {
        axes.push_back(static_cast<int>(i));
      }
    }
    if (!axes.empty()) result.value = in_.shaped(sum_of(in_, term.value, axes), dims);
    return result;
  }

  // Axes in the order of labels; those that the term lacks have size 1, groups of labels become one axis each.
  Value grouped(const Term& term, const std::vector<Labels>& groups) const {
    std::vector<int> order;
    Dims dims;
    for (const Labels& group : groups) {
      int64_t size = 1;
      for (const int label : group) {
        const auto found = std::ranges::find(term.labels, label);
        if (found == term.labels.end()) continue;
        const auto axis = static_cast<int>(found - term.labels.begin());
        order.push_back(axis);
        size *= in_.b.dims(term.value)[static_cast<size_t>(axis)];
      }
      dims.push_back(size);
    }
    const Value turned = order.size() > 1 ? in_.b.transpose(term.value, order) : term.value;
    return in_.b.reshape(turned, dims);
  }

  // One matrix product: axes of both that stay are its batch, axes of both that do not stay are its inner dimension.
  Term multiplied(const Term& a, const Term& b, const Labels& later) const {
    Labels needed_of_a = later, needed_of_b = later;
    needed_of_a.insert(needed_of_a.end(), b.labels.begin(), b.labels.end());
    needed_of_b.insert(needed_of_b.end(), a.labels.begin(), a.labels.end());
    const Term left = summed(a, needed_of_a), right = summed(b, needed_of_b);
    Labels rows, columns, inner, all;
    std::vector<Labels> batch;
    for (const int label : left.labels) {
      const bool shared = contains(right.labels, label);
      if (!shared)
        rows.push_back(label);
      else if (contains(later, label))
        batch.push_back({label});
      else
        inner.push_back(label);
    }
    for (const int label : right.labels)
      if (!contains(left.labels, label)) columns.push_back(label);
    std::vector<Labels> left_groups = batch, right_groups = batch;
    left_groups.insert(left_groups.end(), {rows, inner});
    right_groups.insert(right_groups.end(), {inner, columns});
    const Value x = grouped(left, left_groups), y = grouped(right, right_groups);
    if (in_.b.dims(x).back() != in_.b.dims(y)[batch.size()])
      throw ShapeError(cat("subscripts \"", subscripts_, "\": an axis has different sizes in the operands"));
    const Value product = in_.b.matmul(x, y);
    Dims dims(in_.b.dims(product).begin(), in_.b.dims(product).end() - 2);
    for (const Labels& label : batch) all.push_back(label[0]);
    add_free(left, rows, dims, all);
    add_free(right, columns, dims, all);
    return {in_.shaped(product, dims), all};
  }

  void add_free(const Term& term, const Labels& labels, Dims& dims, Labels& all) const {
    for (const int label : labels) {
      all.push_back(label);
      dims.push_back(
          in_.b.dims(term.value)[static_cast<size_t>(std::ranges::find(term.labels, label) - term.labels.begin())]);
    }
  }

  Value ordered(const Term& term, const Labels& wanted) const {
    std::vector<int> order;
    for (const int label : wanted) {
      const auto found = std::ranges::find(term.labels, label);
      if (found == term.labels.end())
        throw ConfigError(cat("subscripts \"", subscripts_, "\" ask for an axis that no operand has"));
      order.push_back(static_cast<int>(found - term.labels.begin()));
    }
    return order.size() < 2 ? term.value : in_.b.transpose(term.value, order);
  }

  In in_;
  const std::string& subscripts_;
  std::vector<std::string> parts_;
  std::string result_;
  bool explicit_ = false;
  int64_t open_ = 0;  // the most axes that "..." stands for
};

}  // namespace

Value einsum(In in, const std::string& subscripts, const Values& operands) {
  return Einsum(in, subscripts).run(operands);
}

}  // namespace graft
