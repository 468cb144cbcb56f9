#include <algorithm>

#include "graft/core/file.h"
#include "graft/models/io/load.h"
#include "tests/support/fixtures.h"

using namespace graft;
using namespace graft::test;

constexpr double kOutputTolerance = 1e-5;

static void check_outputs(const Model& model, const Tensors& inputs, const Tensors& expected) {
  const Tensors outputs = model.predict(inputs);
  REQUIRE(outputs.size() == expected.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    INFO("output ", i);
    CHECK(outputs[i].shape() == expected[i].shape());
    CHECK(relative_difference(outputs[i], expected[i]) <= kOutputTolerance);
  }
}

static void check_file(const std::string& name, const std::string& file) {
  const Fixture fixture = load_fixture(name);
  INFO(name, "/", file);
  check_outputs(load_model(fixture.folder / file), fixture.inputs, fixture.outputs);
}

TEST_CASE("every TF.js folder loads and predicts what TF.js predicts") {
  for (const std::string& name : fixture_names("tfjs")) {
    check_file(name, "");
    check_file(name, "model.json");
  }
}

TEST_CASE("every .keras archive loads and predicts what Keras predicts") {
  for (const std::string& name : fixture_names("keras")) check_file(name, "model.keras");
}

TEST_CASE("every legacy .h5 loads and predicts what Keras predicts") {
  for (const std::string& name : fixture_names("keras"))
    if (std::filesystem::exists(fixture_path(name) / "model.h5")) check_file(name, "model.h5");
}

TEST_CASE("Keras 3 JSON with .weights.h5 gives the same model") {
  for (const std::string& name : fixture_names("keras")) {
    const Fixture fixture = load_fixture(name);
    if (!std::filesystem::exists(fixture.folder / "model.json")) continue;
    INFO(name);
    const Model model = model_from_json(read_file(fixture.folder / "model.json"));
    model.load_weights(fixture.folder / "model.weights.h5");
    check_outputs(model, fixture.inputs, fixture.outputs);
  }
}

TEST_CASE("weights after training steps load, and give the outputs that followed them") {
  int checked = 0;
  for (const std::string engine : {"tfjs", "keras"})
    for (const std::string& name : fixture_names(engine)) {
      const Fixture fixture = load_fixture(name);
      if (!fixture.trains()) continue;
      INFO(name);
      const Model model = load_model_fixture(name);
      load_weights_after(model, fixture, fixture.meta["train"]["weights_after"].back());
      check_outputs(model, fixture.inputs, fixture.outputs_after(model));
      ++checked;
    }
  CHECK(checked >= 20);
}
