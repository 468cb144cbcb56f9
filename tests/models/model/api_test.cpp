#include <graft/graft.h>

#include <doctest/doctest.h>

#include <numeric>
#include <type_traits>
#include <utility>

#include "tests/support/temporary_folder.h"

// The public contract: these programs are written as users write them.

using namespace graft;

namespace {

Model make_encoder(int64_t dim, int64_t size) {
  auto image = Input({.shape = {size, size, 3}});  // the batch dimension is None
  auto x = image;
  for (int64_t filters : {dim / 16, dim / 8, dim / 4, dim / 2, dim}) {
    x = Conv2D({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = LeakyReLU({.negative_slope = 0.2f})(x);
  }
  x = GlobalAveragePooling2D()(x);
  return Model(image, x, {.name = "encoder"});
}

Model make_decoder(const Model& encoder, int64_t dim) {
  Shape map = encoder.layers()[-2].output().shape();  // (None, h, w, dim), as K.int_shape; [-2] counts from the end
  auto z_in = Input({.shape = encoder.output().shape().without_batch()});
  auto z = Dense({.units = map[1] * map[2] * dim})(z_in);
  z = Reshape({.target_shape = {map[1], map[2], dim}})(z);
  for (int64_t filters : {dim / 2, dim / 4, dim / 8, dim / 16}) {
    z = Conv2DTranspose({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(z);
    z = BatchNormalization()(z);
    z = Activation("relu")(z);
  }
  z = Conv2DTranspose({.filters = 3, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(z);
  z = Activation("tanh")(z);
  return Model(z_in, z, {.name = "decoder"});
}

constexpr int64_t kDim = 16, kSize = 32;

struct Parts {
  Model encoder = make_encoder(kDim, kSize), decoder = make_decoder(encoder, kDim);

  Model joined() const {
    const int64_t size = kSize;
    auto input = Input({.shape = {size, size, 3}});
    SymbolicTensor x = input;
    for (size_t i = 1; i < encoder.layers().size(); ++i) x = encoder.layers()[i](x);
    for (const Layer& layer : decoder.chain())
      x = layer(x);  // chain(): no inputs; throws GraphError on a branching model
    Model autoencoder(input, x, {.name = "autoencoder"});
    return autoencoder;
  }
};

Tensor random_images(int64_t n, uint64_t seed = 3) {
  Random random(seed);
  const int64_t size = kSize;
  std::vector<float> floats(static_cast<size_t>(n * size * size * 3));
  for (float& value : floats) value = random.uniform(-1, 1);
  Tensor images(Shape{n, size, size, 3}, std::move(floats));  // host, row-major; Tensor::load_npy(path), save_npy
  return images;
}

void check_same_weights(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(bit_equal(a[i], b[i]));
}

bool any_moved(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (!bit_equal(a[i], b[i])) return true;
  return false;
}

// What would read freed memory does not compile; what a temporary owns is returned by value.
template <class M>
concept ViewsWeightsOfTemporary = requires(const M& model) { model.get_weights()[0].template data<float>(); };
template <class M>
concept ViewsFrontOfTemporary = requires(const M& model) { model.get_weights().front().template data<float>(); };
template <class V>
concept ViewsValueOfTemporary = requires(const V& variable) { variable.value().template data<float>(); };
template <class E>
concept BindsTemporaryContext = requires(const E& executable) { executable.context().output(0); };
template <class M>
concept GraphOfTemporary = requires(M (*make)()) { make().graph(); };
template <class L>
concept BeginOfTemporary = requires(L (*make)()) { make().begin(); };
static_assert(!ViewsWeightsOfTemporary<Model> && !ViewsWeightsOfTemporary<Layer> && !ViewsFrontOfTemporary<Model>);
static_assert(!ViewsValueOfTemporary<Variable> && !BindsTemporaryContext<Executable>);
static_assert(!GraphOfTemporary<Model> && !BeginOfTemporary<Logs>);
template <class T>
using Result = std::remove_cvref_t<T>;
template <class T>
constexpr bool is_value = std::is_same_v<T, Result<T>>;
static_assert(is_value<decltype(std::declval<Model>().layers()[0])>);
static_assert(is_value<decltype(std::declval<Model>().layers()[0].name())>);
static_assert(is_value<decltype(std::declval<Model>().layers().at("a").output().shape())>);
static_assert(is_value<decltype(std::declval<Model>().inputs())>);
static_assert(is_value<decltype(std::declval<Model>().output().node())>);
static_assert(is_value<decltype(std::declval<Variable>().name())>);
static_assert(is_value<decltype(std::declval<Variable>().shape())>);
static_assert(is_value<decltype(std::declval<Binding>().shape())>);
static_assert(is_value<decltype(std::declval<History>().history["loss"])>);
static_assert(is_value<decltype(std::declval<Logs>()["loss"])>);
static_assert(is_value<decltype(std::declval<Optimizer>().name())>);
static_assert(is_value<decltype(std::declval<Loss>().name())>);
static_assert(is_value<decltype(std::declval<Tap>().path())>);
static_assert(std::is_convertible_v<decltype(std::declval<Model>().predict(Tensor())), Tensor>);

}  // namespace

TEST_CASE("what predict returns for a model of one output is used as a Tensor") {
  const Model encoder = make_encoder(kDim, kSize);
  const Tensor images = random_images(3);
  CHECK(encoder.predict(images).shape() == Shape{3, kDim});
  float sum = 0;
  for (const float value : encoder.predict(images).data<float>()) sum += value;
  const Tensor out = encoder.predict(images);
  const std::span<const float> values = out.data<float>();
  CHECK(sum == std::accumulate(values.begin(), values.end(), 0.f));
  const Tensor& kept = encoder.predict(images);
  CHECK(bit_equal(kept, out));
  const Model two(encoder.inputs(), SymbolicTensors{encoder.output(), encoder.output() * 2});
  CHECK_THROWS_WITH_AS(two.predict(images).shape(), "expected one Tensor; received 2.", DataError);
  CHECK_THROWS_WITH_AS(two.predict(images).data<float>(), "expected one Tensor; received 2.", DataError);
  CHECK(two.predict(images)[1].shape() == Shape{3, kDim});
}

TEST_CASE("encoder and decoder joined by loop, nested, replayed or stacked give equal bits") {
  const Parts parts;
  const Model &encoder = parts.encoder, &decoder = parts.decoder;
  const int64_t size = kSize;
  const Model autoencoder = parts.joined();
  auto input = Input({.shape = {size, size, 3}});
  Model nested(input, decoder(encoder(input)));                // a model is a layer: nested, as in Keras
  Model flat(input, replay(decoder, replay(encoder, input)));  // any DAG, node by node
  const Sequential stacked({Input({.shape = {size, size, 3}}), encoder, decoder});
  CHECK(autoencoder.layers().size() == encoder.layers().size() + decoder.layers().size() - 1);
  CHECK(nested.layers().size() == 3);
  CHECK(autoencoder.output().shape() == Shape{Shape::none, size, size, 3});

  const Tensor images = random_images(5);
  const Tensor expected = decoder.predict(encoder.predict(images));
  for (const Model& model : {autoencoder, nested, flat, static_cast<Model>(stacked), splice(encoder, decoder)}) {
    const Tensor out = model.predict(images, {.batch_size = 64});
    CHECK(bit_equal(out, expected));
  }
}

TEST_CASE("the joined model trains as a whole and in parts, and parts and whole agree bit for bit") {
  const Parts parts;
  const Model &encoder = parts.encoder, &decoder = parts.decoder;
  const Model autoencoder = parts.joined();
  const Tensor images = random_images(8);
  const auto agree = [&] {
    const Tensor whole = autoencoder.predict(images);
    CHECK(bit_equal(whole, decoder.predict(encoder.predict(images))));
    return whole;
  };
  const Tensor first = agree();

  autoencoder.compile({.optimizer = Adam({.learning_rate = 1e-3f}), .loss = "mse", .metrics = {"mae"}});
  const float loss = autoencoder.train_on_batch(images, images)["loss"];
  CHECK(loss > 0);
  const Tensor joint = agree();
  CHECK_FALSE(bit_equal(joint, first));

  encoder.set_trainable(false);  // separate training: recursive, Keras 3 meaning
  std::vector<Tensor> frozen = encoder.get_weights();
  std::vector<Tensor> w = decoder.get_weights();  // Keras's order and layout, also after packed training
  autoencoder.compile({.optimizer = "sgd", .loss = "mse"});
  autoencoder.train_on_batch(images, images);
  check_same_weights(encoder.get_weights(), frozen);
  CHECK(any_moved(decoder.get_weights(), w));
  agree();

  encoder.set_trainable(true);
  decoder.set_trainable(false);
  w = decoder.get_weights();
  autoencoder.compile({.optimizer = "sgd", .loss = "mse"});
  autoencoder.train_on_batch(images, images);
  check_same_weights(decoder.get_weights(), w);
  CHECK(any_moved(encoder.get_weights(), frozen));
  agree();

  decoder.set_weights(w);
  encoder.set_weights(frozen);
  agree();
}

TEST_CASE("fit takes images to themselves, with a validation split and callbacks") {
  const Parts parts;
  const Model autoencoder = parts.joined();
  const Tensor images = random_images(20);
  const test::TemporaryFolder folder;
  autoencoder.compile({.optimizer = Adam({.learning_rate = 1e-3f}), .loss = "mse", .metrics = {"mae"}});
  History h =
      autoencoder.fit(images, images,
                      {.batch_size = 8,
                       .epochs = 2,
                       .verbose = 0,
                       .validation_split = 0.1f,
                       .callbacks = {EarlyStopping({.patience = 3}), ModelCheckpoint({.path = folder / "best"})}});
  CHECK(h.epoch == std::vector<int64_t>{0, 1});
  CHECK(h.history["loss"].size() == 2);
  CHECK(h.history["loss"][1] < h.history["loss"][0]);
  CHECK(h.history["val_mae"].size() == 2);
  auto scores = autoencoder.evaluate(images, images);  // {"loss": ..., "mae": ...}
  CHECK(scores["loss"] > 0);
  CHECK(scores["mae"] > 0);
  CHECK(bit_equal(load_model(folder / "best").predict(images), autoencoder.predict(images)));
}

TEST_CASE("two trainers share a generator and a discriminator") {
  auto z = Input({.shape = {4}, .name = "z"});
  Model generator(z, Dense({.units = 6})(LeakyReLU()(Dense({.units = 8})(z))), {.name = "generator"});
  auto picture = Input({.shape = {6}, .name = "picture"});
  Model discriminator(picture,
                      Dense({.units = 1, .activation = "sigmoid"})(Dense({.units = 8, .activation = "relu"})(picture)),
                      {.name = "discriminator"});
  auto real = Input({.shape = {6}, .name = "real"});
  const SymbolicTensor fake_score = discriminator(generator(z));
  const SymbolicTensor d_loss = mean(-log(discriminator(real) + 1e-6) - log(1 - fake_score + 1e-6));
  const SymbolicTensor g_loss = mean(-log(fake_score + 1e-6));

  Trainer d({.inputs = {real, z}, .loss = d_loss, .update = discriminator.trainable_variables(), .optimizer = Adam()});
  Trainer g({.inputs = {z}, .loss = g_loss, .update = generator.trainable_variables(), .optimizer = Adam()});
  Random random(5);
  const auto batch = [&](int64_t width) {
    std::vector<float> values(static_cast<size_t>(8 * width));
    for (float& value : values) value = random.normal();
    return Tensor(Shape{8, width}, std::move(values));
  };
  const Tensor real_batch = batch(6), noise = batch(4);
  const std::vector<Tensor> before_g = generator.get_weights(), before_d = discriminator.get_weights();
  float dl = d.step({real_batch, noise});
  CHECK(dl > 0);
  check_same_weights(generator.get_weights(), before_g);
  CHECK(any_moved(discriminator.get_weights(), before_d));
  const std::vector<Tensor> after_d = discriminator.get_weights();
  float first = g.step({noise}), last = first;
  for (int i = 0; i < 20; ++i) last = g.step(noise);
  CHECK(last < first);
  check_same_weights(discriminator.get_weights(), after_d);
  for (const Variable& v : generator.trainable_variables()) CHECK(v.value().shape() == v.shape());
  CHECK(d.optimizer().iterations() == 1);
  CHECK(g.optimizer().iterations() == 21);
}

TEST_CASE("a variational autoencoder is trained with add_loss") {
  auto input = Input({.shape = {6}});
  auto mu = Dense({.units = 2})(input);
  auto log_var = Dense({.units = 2})(input);
  auto code = mu + exp(log_var * 0.5f) * random_normal(mu);  // VAE: fresh noise shaped like mu, seeded
  Model vae(input, Dense({.units = 6})(code));
  vae.add_loss(mean(square(mu) + exp(log_var) - log_var - 1.f) * 0.5f);  // joins the compiled loss
  vae.compile({.optimizer = Adam({.learning_rate = 0.02}), .loss = "mse"});
  Random random(2);
  std::vector<float> values(32 * 6);
  for (float& value : values) value = random.normal();
  const Tensor x(Shape{32, 6}, std::move(values));
  History h = vae.fit(x, x, {.epochs = 40, .verbose = 0});
  CHECK(h.history["loss"].back() < 0.9f * h.history["loss"].front());
  Model only_kl(input, mu);
  only_kl.add_loss(mean(square(mu)));
  only_kl.compile({.optimizer = SGD({.learning_rate = 0.1})});
  const float before = only_kl.train_on_batch(x, {})["loss"];
  CHECK(only_kl.train_on_batch(x, {})["loss"] < before);
}

TEST_CASE("a model is compiled once and run by a context of the caller's") {
  const Model autoencoder = Parts().joined();
  const Tensor image = random_images(1);
  const std::span<const float> values = image.data<float>();
  Executable exe = compile(autoencoder, {.batch = 1, .threads = 2});
  Context ctx = exe.context();  // one per thread
  ctx.input(0).copy_from(values);
  ctx.run();
  std::span<const float> y = ctx.output(0).data<float>();
  CHECK(bit_equal(Tensor(image.shape(), std::vector<float>(y.begin(), y.end())),
                  autoencoder.predict(image, {.threads = 2})));
  CHECK(exe.report().find("conv") != std::string::npos);
  CHECK(exe.ref_steps() == 0);
  CHECK(exe.threads() == 2);
}
