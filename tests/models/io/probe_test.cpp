#include "graft/models/io/probe.h"
#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;

static Model nested() {
  auto p = Input({.shape = {4}});
  const Model inner(p, Dense({.units = 4, .name = "second"})(Dense({.units = 4, .name = "first"})(p)),
                    {.name = "inner"});
  auto x = Input({.shape = {4}});
  return Model(x, Dropout({.rate = 0.5f})(inner(inner(x))), {.name = "outer"});
}

TEST_CASE("a saved model's probe agrees with it, call by call") {
  TemporaryFolder folder;
  nested().save(folder / "m");
  const io::ProbeResult result = io::verify_probe(load_model(folder / "m"), folder / "m");
  CHECK(result.outputs == 4);  // two layers, called twice; Dropout passes its input on
  CHECK(result.largest.difference <= 1e-6);
  CHECK_FALSE(result.first);
}

TEST_CASE("verify names the first layer that differs") {
  TemporaryFolder folder;
  nested().save(folder / "m");
  const Model model = load_model(folder / "m");
  const Variable bias = model.named_weights()[3].second;
  CHECK(model.named_weights()[3].first == "inner/second/bias");
  Variable(bias).assign(Tensor::full(bias.shape(), 0.5f));
  const io::ProbeResult result = io::verify_probe(model, folder / "m");
  REQUIRE(result.first);
  CHECK(result.first->layer == "inner/second");
  CHECK(result.first->difference > 0.1);
}

TEST_CASE("a probe of another model, a truncated one and none are refused") {
  TemporaryFolder folder;
  const Model model = nested();
  model.save(folder / "m");
  auto x = Input({.shape = {4}});
  CHECK(error_text<FormatError>([&] {
          io::verify_probe(Model(x, Dense({.units = 4})(x)), folder / "m");
        }).ends_with("graft_probe.json: belongs to another model: its layers differ."));
  write_file(folder / "m" / "graft_probe.bin", "short");
  CHECK(error_text<FormatError>([&] {
          io::verify_probe(model, folder / "m");
        }).ends_with("graft_probe.bin: is truncated."));
  std::filesystem::remove(folder / "m" / "graft_probe.json");
  CHECK(error_text<FormatError>([&] {
          io::verify_probe(model, folder / "m");
        }).find("has no probe outputs to verify") != std::string::npos);
}
