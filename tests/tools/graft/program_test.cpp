#include <nlohmann/json.hpp>
#include <regex>

#include <doctest/doctest.h>
#include "graft/core/env.h"
#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/bf16.h"
#include "tests/support/places.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;
using Json = nlohmann::json;

namespace {

ProgramResult graft_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program());
  return run_program(arguments);
}

Json json_of(const std::vector<std::string>& arguments) {
  const ProgramResult result = graft_program(arguments);
  INFO(result.err);
  CHECK(result.status == 0);
  return Json::parse(result.out);
}

// Bad input: nothing on stdout, one line on stderr, and this exit code.
std::string error_of(const std::vector<std::string>& arguments, int status) {
  const ProgramResult result = graft_program(arguments);
  CHECK(result.status == status);
  CHECK(result.out == "");
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  return result.err;
}

// Two saved models that fit onto each other, "front" and "back".
class Models {
 public:
  Models() {
    auto image = Input({.shape = {8, 8, 3}, .name = "image"});
    auto x = Conv2D({.filters = 4, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = "same"})(image);
    front = Model(image, GlobalAveragePooling2D()(LeakyReLU()(BatchNormalization()(x))), {.name = "front"});
    auto code = Input({.shape = {4}, .name = "code"});
    back = Model(code, Dense({.units = 2, .activation = "tanh", .name = "out"})(code), {.name = "back"});
    front.save(folder_ / "front");
    back.save(folder_ / "back");
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Model front, back;

 private:
  TemporaryFolder folder_;
};

Tensor random_images(int64_t count) {
  Random random(5);
  Tensor images({count, 8, 8, 3});
  for (float& value : images.data<float>()) value = random.uniform(-1, 1);
  return images;
}

}  // namespace

TEST_CASE("graft summary prints the table, or one JSON object") {
  const Models models;
  CHECK(graft_program({"summary", models.path("front")}).out == models.front.summary());
  const Json json = json_of({"summary", models.path("front"), "--json"});
  CHECK(json["model"] == "front");
  CHECK(json["params"] == models.front.count_params());
  CHECK(json["non_trainable_params"] == 8);
  CHECK(json["layers"].size() == 5);
  CHECK(json["layers"][1]["calls"][0]["inputs"] == Json::parse(R"([["image", 0, 0]])"));
  CHECK(json["layers"][1]["calls"][0]["output_shapes"] == Json::parse("[[null, 4, 4, 4]]"));
}

TEST_CASE("graft predict writes what the library predicts") {
  const Models models;
  const Tensor images = random_images(5);
  images.save_npy(models.path("x.npy"));
  const ProgramResult result = graft_program(
      {"predict", models.path("front"), "-i", models.path("x.npy"), "-o", models.path("y.npy"), "--batch-size", "2"});
  CHECK(result.status == 0);
  CHECK(result.out == "");
  const Tensor expected = models.front.predict(images, {.batch_size = 2});
  CHECK(bit_equal(Tensor::load_npy(models.path("y.npy")), expected));
}

TEST_CASE("graft predict writes tensors inside the model, by path") {
  const Models models;
  const Tensor images = random_images(3);
  images.save_npy(models.path("x.npy"));
  const std::vector<std::string> run = {"predict", models.path("front"), "-i",   models.path("x.npy"),
                                        "-o",      models.path("y.npy"), "--tap"};
  const auto with = [&](const std::string& tap) {
    std::vector<std::string> all = run;
    all.push_back(tap);
    return all;
  };
  CHECK(graft_program(with("conv2d@0:0=" + models.path("c.npy"))).status == 0);
  const TensorList expected = models.front.predict(images, {.taps = "conv2d"});
  CHECK(bit_equal(Tensor::load_npy(models.path("y.npy")), expected[0]));
  CHECK(bit_equal(Tensor::load_npy(models.path("c.npy")), expected[1]));
  CHECK(error_of(with("conv=c.npy"), 1)
            .starts_with("error: [Model \"front\" predict] there is no layer \"conv\"; the nearest are conv2d,"));
  CHECK(error_of(with("conv2d"), 1) == "error: --tap expects PATH=FILE; received \"conv2d\".\n");
}

TEST_CASE("graft splice joins outputs and inputs by name") {
  const Models models;
  const std::vector<std::string> run = {"splice", models.path("front"),  models.path("back"),
                                        "-o",     models.path("joined"), "--map"};
  const auto with = [&](const std::string& pair) {
    std::vector<std::string> all = run;
    all.push_back(pair);
    return all;
  };
  CHECK(error_of(with("conv2d=code"), 1)
            .starts_with("error: [splice] Model \"front\" has no output \"conv2d\"; it has "
                         "\"global_average_pooling2d\" (None, 4)."));
  CHECK(graft_program(with("global_average_pooling2d=code")).status == 0);
  const Tensor images = random_images(3);
  CHECK(relative_difference(load_model(models.path("joined")).predict(images),
                            models.back.predict(models.front.predict(images))) <= 1e-6);
}

TEST_CASE("graft splice joins two saved models, and graft verify accepts the result") {
  const Models models;
  const std::string joined = models.path("joined");
  CHECK(graft_program({"splice", models.path("front"), models.path("back"), "-o", joined, "--name", "both"}).out ==
        joined + ": 6 layers, 138 parameters\n");
  const Model both = load_model(joined);
  CHECK(both.name() == "both");
  const Tensor images = random_images(3);
  CHECK(relative_difference(both.predict(images), models.back.predict(models.front.predict(images))) <= 1e-6);
  CHECK(graft_program({"verify", joined}).out.starts_with("both: all "));
}

TEST_CASE("graft verify names the first layer that differs and exits with 1") {
  const Models models;
  CHECK(json_of({"verify", models.path("front"), "--json"})["equal"] == true);
  const std::string shard = models.path("front") + "/group1-shard1of1.bin";
  std::string bytes = read_file(shard);
  for (size_t i = 4 * (3 * 3 * 3 * 4 + 4); i < bytes.size(); ++i) bytes[i] = i % 4 == 3 ? 0x41 : 0;  // all of BN: 8
  write_file(shard, bytes);
  const ProgramResult result = graft_program({"verify", models.path("front"), "--json"});
  CHECK(result.status == 1);
  CHECK(Json::parse(result.out)["first"]["layer"] == "batch_normalization");
  CHECK(result.err.starts_with("error: " + models.path("front") +
                               ": the first layer that differs is batch_normalization, by "));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

TEST_CASE("graft compile reports steps and memory, of inference and of training") {
  const Models models;
  const std::string report = graft_program({"compile", models.path("front"), "--batch", "4"}).out;
  CHECK(report.find("conv2d") != std::string::npos);
  for (const bool training : {false, true}) {
    std::vector<std::string> command{"compile", models.path("front"), "--batch", "4", "--json"};
    if (training) command.insert(command.end(), {"--training", "--loss", "mae", "--optimizer", "sgd"});
    const Json json = json_of(command);
    CHECK(json["model"] == "front");
    CHECK(json["batch"] == 4);
    CHECK(json["training"] == training);
    CHECK(json["ref_steps"] == 0);
    CHECK(json["peak_bytes"].get<int64_t>() >= json["bound_bytes"].get<int64_t>());
    CHECK(json["weights_bytes"].get<int64_t>() > 0);
    REQUIRE(json["steps"].size() >= 2);
    for (const char* key : {"label", "layers", "primitive", "implementation", "src", "dst", "fused", "gflop", "bytes"})
      CHECK(json["steps"][0].contains(key));
    CHECK(json["steps"][0]["layers"][0] == "conv2d");
  }
}

TEST_CASE("graft compile runs in bf16" * needs_bf16()) {
  const Models models;
  CHECK(json_of({"compile", models.path("front"), "--precision", "bf16", "--json"})["precision"] == "bf16");
}

TEST_CASE("graft compile runs within a memory limit, timed, traced and tuned") {
  const Models models;
  const std::string front = models.path("front"), trace = models.path("trace.json");
  const std::string timed = graft_program({"compile", front, "--time", "--trace", trace}).out;
  CHECK(timed.find("of peak") != std::string::npos);
  CHECK(timed.find(" GFLOP/s and ") != std::string::npos);
  const Json events = Json::parse(read_file(trace))["traceEvents"];
  REQUIRE(events.size() > 5);
  double end = 0;
  for (const Json& event : events) {
    CHECK(event["ph"] == "X");
    CHECK(event["dur"].get<double>() >= 0);
    if (event["cat"] != "run") {
      CHECK(event["ts"].get<double>() >= end - 1e-3);  // one step after the other
      end = event["ts"].get<double>() + event["dur"].get<double>();
      CHECK(event["args"].contains("implementation"));
    }
  }
  const Json bench = json_of({"bench", front, "--runs", "3", "--json"});
  CHECK(bench["peak_gflops"].get<double>() > 1);
  CHECK(bench["steps"][0]["peak_share"].get<double>() > 0);
  CHECK(error_of({"compile", front, "--memory-limit", "1"}, 1).find("the least that it takes is ") !=
        std::string::npos);
  CHECK(error_of({"compile", front, "--precision", "fp8"}, 1) ==
        "error: precision must be \"float32\" or \"bf16\"; received \"fp8\".\n");
  const env::Scoped file("GRAFT_TUNE_FILE", models.path("tune.txt"));
  CHECK(graft_program({"compile", front, "--tune"}).out.find("tuned: ") != std::string::npos);
  CHECK(graft_program({"compile", front, "--tune"}).out.find("as remembered") != std::string::npos);
  CHECK(graft_program({"summary", front, "--batch", "4"}).out.find("activations") != std::string::npos);
}

TEST_CASE("bf16 on a CPU without it is one error that names what is missing") {
  const Models models;
  setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  const std::string error = error_of({"compile", models.path("front"), "--precision", "bf16"}, 1);
  unsetenv("ONEDNN_MAX_CPU_ISA");
  CHECK(error.find("needs a CPU with avx512_bf16") != std::string::npos);
}

TEST_CASE("an architecture without weights is used with fresh weights from --seed") {
  const Models models;
  const std::string json = models.path("front.json");
  CHECK(graft_program({"convert", models.path("front"), json}).status == 0);
  CHECK(graft_program({"summary", json}).out == models.front.summary());
  CHECK(json_of({"compile", json, "--seed", "3", "--json"})["model"] == "front");
  CHECK(error_of({"predict", json, "-i", "x.npy", "-o", "y.npy"}, 1) ==
        "error: " + json +
            ": holds an architecture without weights. Hint: model_from_json makes a model with fresh "
            "weights from it.\n");
}

TEST_CASE("graft convert writes folders and weights, and says what it cannot write") {
  const Models models;
  CHECK(graft_program({"convert", models.path("front"), models.path("copy")}).status == 0);
  CHECK(load_model(models.path("copy")).to_json() == models.front.to_json());
  CHECK(graft_program({"convert", models.path("front"), models.path("w.safetensors")}).status == 0);
  models.front.load_weights(models.path("w.safetensors"));
  CHECK(error_of({"convert", models.path("front"), models.path("m.onnx")}, 1).starts_with("error: save cannot write "));
}

TEST_CASE("graft plot draws models and the Programs that they are compiled to") {
  const Models models;
  const std::string svg = models.path("m.svg"), compiled = models.path("c.dot");
  CHECK(graft_program({"plot", models.path("front"), "-o", svg, "--shapes", "--expand"}).status == 0);
  CHECK(read_file(svg).find("(None, 4, 4, 4)") != std::string::npos);
  CHECK(graft_program({"plot", models.path("front"), "-o", compiled, "--compiled", "--batch", "2"}).status == 0);
  CHECK(read_file(compiled).find("compiled for batch 2") != std::string::npos);
}

TEST_CASE("bad input gives exit 1 and one error line") {
  const Models models;
  CHECK(error_of({"summary", "no/such"}, 1) == "error: no/such: there is no such file or folder.\n");
  CHECK(error_of({"splice", models.path("back"), models.path("front"), "-o", models.path("j")}, 1)
            .starts_with("error: "));
  CHECK_FALSE(std::filesystem::exists(models.path("j")));
  CHECK(error_of({"predict", models.path("front"), "-i", "x.npy", "-o", "a.npy", "-o", "b.npy"}, 1) ==
        "error: the model has 1 outputs; received 2 files for them (-o).\n");
  CHECK(error_of({"compile", models.path("front"), "--batch", "0"}, 1) ==
        "error: [Model \"front\"] batch must be at least 1; received 0.\n");
  CHECK(error_of({"plot", models.path("front"), "-o", "m.gif"}, 1) ==
        "error: a picture is written as .svg, .png or .dot; received m.gif.\n");
}

TEST_CASE("wrong usage gives exit 2 and one error line, help gives 0") {
  CHECK(error_of({}, 2) == "error: A subcommand is required (graft --help prints the commands)\n");
  CHECK(error_of({"sumary", "m"}, 2) ==
        "error: there is no command \"sumary\"; the commands are summary, plot, predict, "
        "convert, splice, compile, bench, verify, lint, layers\n");
  CHECK(error_of({"summary"}, 2) == "error: MODEL is required (graft --help prints the commands)\n");
  CHECK(error_of({"summary", "m", "--colour"}, 2).starts_with("error: "));
  CHECK(error_of({"compile", "m", "--batch", "many"}, 2).starts_with("error: "));
  CHECK(error_of({"compile", "m", "--loss", "mse"}, 2) ==
        "error: --loss requires --training (graft --help prints the commands)\n");
  for (const char* command : {"summary", "plot", "predict", "convert", "splice", "compile", "bench", "verify"}) {
    const ProgramResult help = graft_program({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.out.find("--help") != std::string::npos);
  }
}

TEST_CASE("graft --version names what it was made of and what it uses here") {
  const ProgramResult result = graft_program({"--version"});
  CHECK(result.status == 0);
  const std::regex form(
      "graft \\d+\\.\\d+\\.\\d+\noneDNN \\d+\\.\\d+\\.\\d+\ncompiler (GCC|Clang) \\d.*\n"
      "instruction set \\w+ in Graft's kernels, \\w+ in oneDNN\n");
  CHECK_MESSAGE(std::regex_match(result.out, form), result.out);
  setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
  CHECK(graft_program({"--version"}).out.find(" sse41 in oneDNN\n") != std::string::npos);
  unsetenv("ONEDNN_MAX_CPU_ISA");
}

TEST_CASE("graft lint prints what it finds and exits with 1, or finds nothing") {
  const Models models;
  const ProgramResult clean = graft_program({"lint", models.path("front")});
  CHECK(clean.status == 0);
  CHECK(clean.out == "no findings\n");
  CHECK(json_of({"lint", models.path("front"), "--json"}) == Json{{"model", "front"}, {"findings", Json::array()}});

  auto code = Input({.shape = {4}, .name = "code"}), other = Input({.shape = {4}, .name = "other"});
  Model({code, other}, models.back(code), {.name = "half"}).save(models.path("half"));
  const ProgramResult found = graft_program({"lint", models.path("half")});
  CHECK(found.status == 1);
  CHECK(found.err == "");
  CHECK(found.out ==
        "unused_input: other is an input that no output and no added loss needs. Hint: leave it out of the inputs, or "
        "use it.\n");
  const ProgramResult json = graft_program({"lint", models.path("half"), "--json"});
  CHECK(json.status == 1);
  CHECK(Json::parse(json.out)["findings"][0]["rule"] == "unused_input");
  CHECK(Json::parse(json.out)["findings"][0]["layer"] == "other");
  CHECK(error_of({"lint", models.path("nowhere")}, 1).starts_with("error: "));
}
