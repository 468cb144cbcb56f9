#include "graft/models/training/loss_table.h"

#include "graft/core/error.h"
#include "graft/graph/layer_impl.h"
#include "graft/models/training/loss_functions.h"

namespace graft {

using T = SymbolicTensor;
using namespace loss_functions;

static constexpr KnownLoss kLosses[] = {
    {"mean_squared_error", "mse", squared_error},
    {"mean_absolute_error", "mae", absolute_error},
    {"mean_absolute_percentage_error", "mape", percentage_error},
    {"mean_squared_logarithmic_error", "msle", logarithmic_error},
    {"binary_crossentropy", "bce", [](const T& y, const T& p) { return binary_crossentropy(y, p); }},
    {"categorical_crossentropy", "cce", [](const T& y, const T& p) { return categorical_crossentropy(y, p); }},
    {"sparse_categorical_crossentropy", "scce",
     [](const T& y, const T& p) { return sparse_categorical_crossentropy(y, p); }, true},
    {"kl_divergence", "kld", kl_divergence},
    {"kl_divergence", "kullback_leibler_divergence", kl_divergence},
    {"huber", "huber_loss", [](const T& y, const T& p) { return huber(y, p); }},
    {"hinge", "hinge", hinge},
    {"squared_hinge", "squared_hinge", squared_hinge},
    {"categorical_hinge", "categorical_hinge", categorical_hinge},
    {"log_cosh", "logcosh", log_cosh},
    {"cosine_similarity", "cosine_similarity", cosine_similarity},
    {"poisson", "poisson", poisson},
};

const KnownLoss* find_loss(const std::string& name) {
  const std::string& plain = snake_case(name);
  for (const KnownLoss& known : kLosses)
    if (plain == known.name || plain == known.alias) return &known;
  return nullptr;
}

std::string loss_names() {
  std::string names;
  const char* last = "";
  for (const KnownLoss& known : kLosses) {
    if (std::string(known.name) != last) names += cat(names.empty() ? "" : ", ", known.name);
    last = known.name;
  }
  return names;
}

}  // namespace graft
