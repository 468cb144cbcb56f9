#include <nlohmann/json.hpp>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;
using Json = nlohmann::ordered_json;

namespace {

// A saved model whose files a test then damages.
class Saved {
 public:
  Saved() {
    auto x = Input({.shape = {4}, .name = "x"});
    const Model model(x, Dense({.units = 2, .name = "b"})(Dense({.units = 3, .name = "a"})(x)), {.name = "m"});
    model.save(folder_ / "m");
    document = Json::parse(text());
  }

  const TemporaryFolder& folder() const { return folder_; }
  std::string text() const { return read_file(folder_ / "m" / "model.json"); }
  std::string shard() const { return read_file(folder_ / "m" / "group1-shard1of1.bin"); }
  void put(const std::string& name, const std::string& bytes) const { write_file(folder_ / "m" / name, bytes); }
  Json& layers() { return document["modelTopology"]["config"]["layers"]; }
  Json& weights() { return document["weightsManifest"][0]["weights"]; }

  /// The error of loading, with the folder's path taken out.
  std::string error() const {
    std::string message = error_text<FormatError>([&] { load_model(folder_ / "m"); });
    const std::string path = (folder_ / "m").string();
    for (size_t at = message.find(path); at != std::string::npos; at = message.find(path))
      message.erase(at, path.size());
    return message;
  }
  std::string error_of_document() const {
    put("model.json", document.dump());
    return error();
  }

  Json document;

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("a model.json that is cut off, or no JSON, is refused with the place") {
  Saved saved;
  saved.put("model.json", saved.text().substr(0, 200));
  CHECK(saved.error() == "/model.json: the JSON ends in the middle: the file is truncated.");
  saved.put("model.json", "{\n  \"format\": layers\n}");
  CHECK(saved.error() == "/model.json: not JSON: the mistake is at line 2, column 13.");
  saved.put("model.json", "");
  CHECK(saved.error() == "/model.json: the JSON ends in the middle: the file is truncated.");
  saved.put("model.json", std::string(5000, '['));
  CHECK(saved.error() == "/model.json: the JSON is nested deeper than 1000 levels.");
  saved.put("model.json", "[1, 2]");
  CHECK(saved.error() == "/model.json: is not a saved model: the key \"class_name\" is missing.");
}

TEST_CASE("missing files are named") {
  CHECK(error_text<FormatError>([] { load_model("no/such/model"); }) ==
        "no/such/model: there is no such file or folder.");
  TemporaryFolder folder;
  CHECK(error_text<FormatError>([&] { load_model(folder.path()); }) ==
        cat(folder.path().string(), ": the folder holds no model.json."));
  Saved saved;
  saved.document["weightsManifest"][0]["paths"][0] = "other.bin";
  CHECK(saved.error_of_document().starts_with("/other.bin: "));
  saved.document["weightsManifest"][0]["paths"][0] = "../other.bin";
  CHECK(saved.error_of_document() == "/model.json: /weightsManifest/0/paths/0: a shard must be in the model's folder.");
}

TEST_CASE("a shard that is too short or too long is refused") {
  Saved saved;
  const std::string shard = saved.shard();
  saved.put("group1-shard1of1.bin", shard.substr(0, 70));
  CHECK(saved.error() ==
        "/model.json: /weightsManifest/0/weights/2: the weight \"b/kernel\" takes 24 bytes from byte 60 on, "
        "but the shards hold 70: a shard is truncated.");
  saved.put("group1-shard1of1.bin", shard + "more");
  CHECK(saved.error() ==
        "/model.json: /weightsManifest/0: the shards hold 96 bytes, the weights take 92: shards and "
        "manifest do not belong together.");
}

TEST_CASE("weights that contradict the architecture are refused, and nothing is changed") {
  Saved saved;
  saved.weights()[0]["shape"] = {3, 4};
  CHECK(saved.error_of_document() == "/model.json: the weight \"a/kernel\" has shape (3, 4), the model's has (4, 3).");
  saved.weights()[0]["shape"] = {4, 3};
  saved.weights()[0]["name"] = "c/kernel";
  CHECK(saved.error_of_document() == "/model.json: the weight \"c/kernel\" belongs to no layer of the model.");
  saved.weights()[0]["name"] = "a/bias";
  CHECK(saved.error_of_document() ==
        "/model.json: /weightsManifest/0/weights/1/name: the weight \"a/bias\" occurs twice.");
  saved.weights()[0]["name"] = "a/kernel";
  saved.weights()[0]["dtype"] = "complex64";
  CHECK(saved.error_of_document() ==
        "/model.json: /weightsManifest/0/weights/0: the type \"complex64\" is not supported; supported are float32, "
        "int32, uint8, bool, and the quantizations uint8, uint16, float16.");
  saved.weights()[0]["dtype"] = "float32";
  saved.weights().erase(3);
  saved.weights().erase(2);
  saved.put("group1-shard1of1.bin", saved.shard().substr(0, 60));
  CHECK(saved.error_of_document() == "/model.json: 2 weights of the model are missing: b/kernel, b/bias.");
}

TEST_CASE("an architecture that contradicts itself is refused with the JSON path") {
  const std::string layers = "/model.json: /modelTopology/config/layers";
  {
    Saved saved;
    saved.layers()[1]["config"]["units"] = "many";
    CHECK(saved.error_of_document() == layers + "/1/config/units: expected a whole number; received \"many\".");
  }
  {
    Saved saved;
    saved.layers()[1]["config"].erase("units");
    CHECK(saved.error_of_document() == layers + "/1/config: the setting \"units\" is missing.");
  }
  {
    Saved saved;
    saved.layers()[1]["config"]["units"] = 0;
    CHECK(saved.error_of_document() == layers + "/1/config: Dense \"a\": units must be at least 1; received 0.");
  }
  {
    Saved saved;
    saved.layers()[2]["name"] = "a";
    CHECK(saved.error_of_document() == layers + "/2: two layers are named \"a\".");
  }
  {
    Saved saved;
    saved.layers()[2]["inbound_nodes"][0][0][0] = "nobody";
    CHECK(saved.error_of_document() == layers + "/2/inbound_nodes/0/0: there is no layer \"nobody\".");
  }
  {
    Saved saved;
    saved.layers()[2]["inbound_nodes"][0][0][1] = 1;
    CHECK(saved.error_of_document() == layers + "/2/inbound_nodes/0/0: names call 1 of layer \"a\", which has 1 call.");
  }
  {
    Saved saved;
    saved.layers()[2]["inbound_nodes"][0][0][2] = 3;
    CHECK(saved.error_of_document() ==
          layers + "/2/inbound_nodes/0/0: names output 3 of layer \"a\", which has 1 output.");
  }
  {
    Saved saved;
    saved.layers()[1]["inbound_nodes"][0][0][0] = "b";
    CHECK(saved.error_of_document() ==
          layers + "/1: the calls form a cycle: layer \"a\" waits for layer \"b\", which waits for it in turn.");
  }
  {
    Saved saved;
    saved.layers()[2]["inbound_nodes"][0][0][3] = {{"initial_state", 1}};
    CHECK(saved.error_of_document() ==
          layers + "/2/inbound_nodes/0/0/3/initial_state: the call argument \"initial_state\" is not supported.");
  }
  {
    Saved saved;
    saved.document["modelTopology"]["config"].erase("output_layers");
    CHECK(saved.error_of_document() == "/model.json: /modelTopology/config: the key \"output_layers\" is missing.");
  }
  {
    Saved saved;
    saved.layers()[1]["class_name"] = "Flatten";
    saved.layers()[1]["config"] = {{"name", "a"}};
    saved.layers()[2]["class_name"] = "Conv2D";
    saved.layers()[2]["config"] = {{"filters", 2}, {"kernel_size", 3}, {"name", "b"}};
    CHECK(saved.error_of_document() ==
          layers + "/2: [Conv2D \"b\"] input must have rank 4 (N, H, W, C); received (None, 4) from Flatten \"a\".");
  }
}

TEST_CASE("an architecture without weights and weights without an architecture are reported as such") {
  TemporaryFolder folder;
  auto x = Input({.shape = {4}});
  const Model model(x, Dense({.units = 2})(x));
  const std::string json = (folder / "m.json").string(), weights = (folder / "w.safetensors").string();
  write_file(json, model.to_json());
  CHECK(error_text<FormatError>([&] { load_model(json); }) ==
        json +
            ": holds an architecture without weights.\n"
            "  Hint: model_from_json makes a model with fresh weights from it.");
  model.save_weights(weights);
  CHECK(error_text<FormatError>([&] { load_model(weights); }) ==
        weights + ": holds weights without an architecture.\n  Hint: load_weights assigns them to a model.");
  write_file(weights, read_file(weights).substr(0, 100));
  CHECK(error_text<FormatError>([&] { model.load_weights(weights); }) ==
        weights + ": is truncated, or not a safetensors file.");
  CHECK(
      error_text<ConfigError>([&] { model.save(folder / "m.safetensors"); })
          .ends_with("m.safetensors; it writes a folder (model.json and weights), .keras, .h5.\n  Hint: a path without "
                     "an ending is a folder; to_json returns the architecture, save_weights writes .h5, "
                     ".safetensors."));
  CHECK(error_text<ConfigError>([&] { model.save(folder / "m.onnx"); }).starts_with("save cannot write "));
  CHECK_FALSE(std::filesystem::exists(folder / "m.onnx"));
}

TEST_CASE("damaged Keras files are refused") {
  TemporaryFolder folder;
  const std::string keras = (folder / "m.keras").string(), h5 = (folder / "m.h5").string();
  write_file(keras, "PK\x03\x04 and then nothing that is an archive");
  CHECK(error_text<FormatError>([&] { load_model(keras); }) == keras + ": is not a zip archive, or it is truncated.");
  write_file(h5, "\x89HDF\r\n\x1a\n and then nothing that is HDF5");
  CHECK(error_text<FormatError>([&] { load_model(h5); }) == h5 + ": is not an HDF5 file, or it is truncated.");
  write_file(h5, "plain words");
  CHECK(error_text<FormatError>([&] { load_model(h5); }) ==
        h5 + ": is damaged: it does not begin like a file of this format.");
}

TEST_CASE("quantized weights and tensors across shards are read") {
  Saved saved;
  saved.document["weightsManifest"][0]["paths"] = {"one.bin", "two.bin"};
  saved.weights()[0]["quantization"] = {{"dtype", "uint8"}, {"scale", 0.5}, {"min", -1.0}};
  saved.weights()[1]["quantization"] = {{"dtype", "float16"}};
  saved.weights()[2]["quantization"] = {{"dtype", "uint16"}, {"scale", 0.25}, {"min", 2.0}};
  std::string bytes;
  for (int i = 0; i < 12; ++i) bytes += static_cast<char>(i);                      // a/kernel: -1, -0.5, ...
  bytes += std::string("\x00\x3c\x00\xc0\x01\x00", 6);                             // a/bias: 1, -2, 2^-24
  for (int i = 0; i < 6; ++i) bytes += std::string{static_cast<char>(i), '\x01'};  // b/kernel: 2 + (256 + i) / 4
  const float bias[] = {3, 4};
  bytes.append(reinterpret_cast<const char*>(bias), sizeof bias);
  saved.put("one.bin", bytes.substr(0, 15));  // the border lies within a/bias
  saved.put("two.bin", bytes.substr(15));
  saved.put("model.json", saved.document.dump());
  const Model model = load_model(saved.folder() / "m");
  const std::vector<Tensor> weights = model.get_weights();
  CHECK(weights[0].data<float>()[0] == -1.0f);
  CHECK(weights[0].data<float>()[11] == 4.5f);
  CHECK(weights[1].data<float>()[0] == 1.0f);
  CHECK(weights[1].data<float>()[1] == -2.0f);
  CHECK(weights[1].data<float>()[2] == 5.9604645e-8f);
  CHECK(weights[2].data<float>()[5] == 67.25f);
  CHECK(weights[3].data<float>()[1] == 4.0f);
}
