#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

// Internal: the forms in which layers give the numbers of categories.

/// The numbers themselves; for each a vector with a 1 at its place; or for each sample one vector of which categories
/// it has, or of how many of each.
enum class CategoryForm { integers, one_hot, multi_hot, count };
CategoryForm category_form(const std::string& output_mode);  ///< of Keras's word; "tf_idf" counts

/// The shape for numbers of this shape. A last dimension of 1 is replaced by a one-hot vector; a sample of "multi_hot"
/// and "count" is the second axis.
Shape category_shape(const Shape& numbers, CategoryForm form, int64_t depth);

/// The forms on the host; numbers outside 0 ... depth - 1 count nowhere. Vectors are float32.
Tensor encode_categories(const Tensor& numbers, CategoryForm form, int64_t depth);

/// The same in a Program, on values in Keras's order of axes; `weights`, of the same shape, multiply what is counted.
ops::Value emit_categories(ops::Builder& builder, ops::Value numbers, CategoryForm form, int64_t depth,
                           ops::Value weights = {});

/// Throws GraphError: a layer that is computed on the host alone is no part of a Program.
[[noreturn]] void refuse_program();

/// Throws ConfigError for `sparse = true`: tensors are dense here.
void check_dense(bool sparse);

/// Visits a list of a config, which is empty where the file has null.
void list_field(FieldVisitor& field, const char* key, std::vector<std::string>& values);
/// Visits a list of whole numbers likewise.
void list_field(FieldVisitor& field, const char* key, std::vector<int64_t>& values);
/// Visits a list of numbers likewise.
void list_field(FieldVisitor& field, const char* key, std::vector<double>& values);
/// Visits a word that may be None, whatever its default is: a null in a file is None, not the default.
void token_field(FieldVisitor& field, const char* key, std::optional<std::string>& value);
/// Visits a whole number likewise.
void token_field(FieldVisitor& field, const char* key, std::optional<int64_t>& value);

}  // namespace graft
