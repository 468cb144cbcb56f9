#include <doctest/doctest.h>

#include <map>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_folder.h"

// A property of every operation on models, tried on random graphs: what is replayed, flattened, cut and joined,
// renamed, cloned or saved and loaded computes and learns the same, bit by bit, and shares what was shared.

namespace graft::test {

namespace {

constexpr int64_t kWidth = 4, kRows = 2;

bool contains(const SymbolicTensors& tensors, const SymbolicTensor& tensor) {
  return std::find(tensors.begin(), tensors.end(), tensor) != tensors.end();
}

/// Grows models: skips, several inputs and outputs, layers called again (also at another depth), nested models called
/// again, call arguments. Layers of different models have equal names, or none.
class Grower {
 public:
  /// A tame graph computes all that it holds, and normalizes by moving statistics: batches of two rows would make much
  /// of how sums are rounded, which depends on their order.
  Grower(uint64_t seed, bool tame) : random_(seed), tame_(tame) {}

  Model model(int depth) {
    SymbolicTensors inputs;
    for (uint64_t i = 0; i <= random_.below(3); ++i) inputs.push_back(Input({.shape = {kWidth}, .name = name("x", i)}));
    SymbolicTensors tensors = inputs;
    for (uint64_t calls = 3 + random_.below(depth == 0 ? 8 : 4); calls > 0; --calls) grow(tensors, depth);
    SymbolicTensors outputs = tame_ ? ends(tensors) : SymbolicTensors(tensors.back());
    for (uint64_t more = random_.below(3); more > 0; --more) outputs.push_back(pick(tensors));
    return Model(inputs, outputs, {.name = cat("m", models_++)});
  }

 private:
  bool coin() { return random_.below(2) == 0; }
  std::string name(const char* letter, uint64_t number) { return coin() ? cat(letter, number) : ""; }

  const SymbolicTensor& pick(const SymbolicTensors& tensors) {  // late ones more often: deep graphs
    const uint64_t near = 1 + random_.below(tensors.size());
    return tensors[tensors.size() - 1 - random_.below(near)];
  }

  CallArguments arguments() {
    const uint64_t drawn = random_.below(6);
    return drawn == 0   ? CallArguments{.training = true}
           : drawn == 1 ? CallArguments{.training = false}
                        : CallArguments{};
  }

  Dense dense(const std::string& name) {
    return Dense({.units = kWidth,
                  .activation = coin() ? ActivationName("tanh") : ActivationName("linear"),
                  .use_bias = coin(),
                  .name = name});
  }

  Layer shared_layer() {
    if (shared_.empty() || random_.below(3) == 0) shared_.push_back(dense(cat("shared", shared_.size())));
    return shared_[random_.below(shared_.size())];
  }

  Model shared_model(int depth) {
    if (nested_[depth].empty() || coin()) {
      const Model made = model(depth + 1);
      nested_[depth].push_back(made);
    }
    return nested_[depth][random_.below(nested_[depth].size())];
  }

  void grow(SymbolicTensors& tensors, int depth) {
    const std::string own = name("own", tensors.size());
    switch (random_.below(depth < 2 ? 10 : 7)) {
      case 0:
      case 1:
        return tensors.push_back(dense(own)(pick(tensors)));
      case 2:
        return tensors.push_back(shared_layer()(pick(tensors)));
      case 3:
        return tensors.push_back(
            BatchNormalization({.name = own})(pick(tensors), tame_ ? CallArguments{.training = false} : arguments()));
      case 4:
        return tensors.push_back(Add({.name = own})({pick(tensors), pick(tensors), pick(tensors)}));
      case 5:
        return tensors.push_back(dense(own)(Concatenate()({pick(tensors), pick(tensors)})));
      case 6:
        return tensors.push_back(pick(tensors) * 0.5 - pick(tensors));
      default:
        return call(shared_model(depth), tensors);
    }
  }

  void call(const Model& model, SymbolicTensors& tensors) {
    SymbolicTensors given;
    while (given.size() < model.inputs().size()) given.push_back(pick(tensors));
    for (const SymbolicTensor& tensor : model(given, arguments())) tensors.push_back(tensor);
  }

  // The tensors that no call takes.
  static SymbolicTensors ends(const SymbolicTensors& tensors) {
    SymbolicTensors all = tensors, found;
    for (size_t i = 0; i < all.size(); ++i)
      for (const SymbolicTensor& input : SymbolicTensors(all[i].node()->inputs()))
        if (!contains(all, input)) all.push_back(input);
    for (size_t i = 0; i < tensors.size(); ++i)
      if (std::none_of(all.begin(), all.end(), [&](const auto& t) { return contains(t.node()->inputs(), tensors[i]); }))
        found.push_back(tensors[i]);
    return found;
  }

  Random random_;
  bool tame_;
  std::vector<Layer> shared_;
  std::map<int, std::vector<Model>> nested_;
  int models_ = 0;
};

/// Calls, what they take, and which layers are the same, whatever the names and the nesting.
std::string signature(const Model& model) {
  const Model flat = flatten(model);
  std::map<const Node*, size_t> calls;
  std::map<const LayerImpl*, size_t> layers;
  std::ostringstream text;
  const auto write = [&](const SymbolicTensor& t) { text << ' ' << calls.at(t.node().get()) << ':' << t.index(); };
  for (const auto& node : flat.graph().nodes()) {
    calls.emplace(node.get(), calls.size());
    const size_t layer = layers.emplace(&node->layer().impl(), layers.size()).first->second;
    text << node->layer().class_name() << ' ' << layer << " of " << node->layer().weights().size() << " on";
    for (const SymbolicTensor& input : node->inputs()) write(input);
    if (node->arguments().training) text << " training " << *node->arguments().training;
    text << '\n';
  }
  for (const SymbolicTensor& output : flat.outputs()) write(output);
  return text.str();
}

/// What the first calls of the graph hand to the others and to its outputs.
SymbolicTensors seam_after(const Graph& graph, size_t count) {
  std::map<const Node*, bool> before;
  for (size_t i = 0; i < count; ++i) before.emplace(graph.nodes()[i].get(), true);
  SymbolicTensors seam;
  const auto use = [&](const SymbolicTensor& tensor) {
    if (!contains(seam, tensor) &&
        (before.contains(tensor.node().get()) || tensor.node()->layer().class_name() == "InputLayer"))
      seam.push_back(tensor);
  };
  for (size_t i = count; i < graph.nodes().size(); ++i)
    for (const SymbolicTensor& tensor : graph.nodes()[i]->inputs()) use(tensor);
  for (const SymbolicTensor& tensor : graph.outputs()) use(tensor);
  return seam;
}

bool has_call(const SymbolicTensors& seam) {
  return std::any_of(seam.begin(), seam.end(),
                     [](const SymbolicTensor& tensor) { return tensor.node()->layer().class_name() != "InputLayer"; });
}

/// A model, and the checks of its variants.
class Subject {
 public:
  Subject(const Model& model, uint64_t seed) : model_(model) {
    for (size_t i = 0; i < model.inputs().size(); ++i) x_.push_back(random_tensor({kRows, kWidth}, seed * 31 + i));
    for (size_t i = 0; i < model.outputs().size(); ++i) y_.push_back(random_tensor({kRows, kWidth}, seed * 37 + i));
    start_ = model.get_weights();
    outputs_ = model.predict(x_, {.threads = 1});
    learned_ = learn(model, model);
    model.set_weights(start_);
  }

  /// A variant with the same variables.
  void check_shared(const std::string& what, const Model& variant) {
    CAPTURE(what);
    CHECK(variables(variant) == variables(model_));
    check(variant);
    check_equal(learn(variant, model_), learned_);
    model_.set_weights(start_);
  }

  /// The flat variant: which call comes first differs, and with it the order in which gradients are added up.
  void check_flat(const Model& variant) {
    CHECK(variables(variant) == variables(model_));
    check(variant);
    CHECK(distance(learn(variant, model_), learned_) <= 1e-4f * distance(learned_, start_));
    model_.set_weights(start_);
  }

  /// A variant with variables of its own, in the same order.
  void check_own(const std::string& what, const Model& variant) {
    CAPTURE(what);
    check_equal(variant.get_weights(), start_);
    check(variant);
    check_equal(learn(variant, variant), learned_);
    check_equal(model_.get_weights(), start_);
  }

  void check_outputs(const std::string& what, const Model& variant) {
    CAPTURE(what);
    check_equal(variant.predict(x_, {.threads = 1}), outputs_);
  }

 private:
  static std::vector<const VariableState*> variables(const Model& model) {
    std::vector<const VariableState*> all;
    for (const Variable& variable : model.weights()) all.push_back(&variable.state());
    std::sort(all.begin(), all.end());
    return all;
  }

  void check(const Model& variant) {
    CHECK(signature(variant) == signature(model_));
    check_outputs("predict", variant);
  }

  static void check_equal(const Tensors& values, const Tensors& expected) {
    REQUIRE(values.size() == expected.size());
    for (size_t i = 0; i < values.size(); ++i) {
      CAPTURE(i);
      CHECK(bit_equal(values[i], expected[i]));
    }
  }

  // The largest difference of any weight.
  static float distance(const Tensors& a, const Tensors& b) {
    float largest = 0;
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t k = 0; k < a[i].data<float>().size(); ++k)
        largest = std::max(largest, std::abs(a[i].data<float>()[k] - b[i].data<float>()[k]));
    return largest;
  }

  // The weights of `owner` after a step of `model`.
  Tensors learn(const Model& model, const Model& owner) const {
    if (model.trainable_variables().empty()) return owner.get_weights();
    set_random_seed(7);
    model.compile({.optimizer = SGD({.learning_rate = 0.01f}),
                   .loss = std::vector<Loss>(model.outputs().size(), Loss("mse")),
                   .threads = 1});
    model.train_on_batch(x_, y_);
    return owner.get_weights();
  }

  Model model_;
  Tensors x_, y_, start_, outputs_, learned_;
};

Model replayed(const Model& model) {
  SymbolicTensors inputs;
  for (size_t i = 0; i < model.inputs().size(); ++i) inputs.push_back(Input({.shape = {kWidth}}));
  return Model(inputs, replay(model, inputs));
}

Model saved_and_loaded(const Model& model) {
  const TemporaryFolder folder;
  model.save(folder / "model");
  return load_model(folder / "model");
}

// Cuts at one tensor anywhere, nested models included: refused, or right.
void check_cuts(Subject& subject, const Model& model) {
  for (const auto& [path, variable] : model.named_weights()) {
    const std::string layer = path.substr(0, path.rfind('/'));
    try {
      const auto [front, back] = cut(model, layer + "@0");
      subject.check_outputs(path, splice(front, back));
    } catch (const GraphError& error) {
      CHECK(std::string(error.what()).find("does not separate") != std::string::npos);
    }
  }
}

int depth_of(const Model& model) {
  int depth = 0;
  for (const Layer& layer : model.layers())
    if (const auto inner = as_model(layer)) depth = std::max(depth, 1 + depth_of(*inner));
  return depth;
}

bool calls_again(const Model& model) {
  const LayerList layers = model.layers();
  return std::any_of(layers.begin(), layers.end(), [](const GraphLayer& layer) { return layer.calls() > 1; });
}

// Returns whether the model could be cut and joined.
bool check_graph(const Model& model, bool tame, uint64_t seed) {
  INFO("seed ", seed, "\n", model.summary({.expand_nested = true}), signature(model));
  Subject subject(model, seed);
  subject.check_shared("replayed", replayed(model));
  subject.check_shared("renamed", rename(model, "prefix"));
  if (tame) subject.check_flat(flatten(model));
  subject.check_outputs("flattened", flatten(model));
  subject.check_shared("clone that shares", clone(model, Weights::share));
  subject.check_own("clone that copies", clone(model, Weights::copy));
  subject.check_own("saved and loaded", saved_and_loaded(model));
  CHECK(signature(clone(model, Weights::fresh)) == signature(model));
  Random random(seed);
  const SymbolicTensors seam = seam_after(model.graph(), random.below(model.graph().nodes().size()) + 1);
  check_cuts(subject, model);
  if (!has_call(seam)) return false;
  const auto [front, back] = cut(model, seam);
  subject.check_shared("cut and joined", splice(front, back));
  return true;
}

}  // namespace

// Instrumented code takes ten times as long; a part of the graphs shows what a sanitizer can see.
#ifdef __SANITIZE_ADDRESS__
constexpr int kGraphs = 40;
#else
constexpr int kGraphs = 200;
#endif

TEST_CASE("random graphs compute, learn and share the same after every operation on models") {
  int deep = 0, again = 0, at_two_depths = 0, joined = 0;
  for (uint64_t seed = 0; seed < kGraphs; ++seed) {
    set_random_seed(seed);
    const bool tame = seed % 2 == 0;
    const Model model = Grower(seed, tame).model(0);
    deep += depth_of(model) == 2;
    again += calls_again(model);
    at_two_depths += calls_again(flatten(model)) && !calls_again(model);
    joined += check_graph(model, tame, seed);
  }
  for (const int count : {deep, again, at_two_depths, joined})
    CHECK(count > kGraphs / 10);  // enough graphs have the feature under test
}

}  // namespace graft::test
