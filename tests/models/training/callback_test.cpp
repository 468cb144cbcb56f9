#include <doctest/doctest.h>

#include <fstream>

#include "graft/graft.h"
#include "graft/models/training/progress.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/walk.h"

namespace graft::test {

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("CSVLogger writes a line per epoch, and continues a file with append") {
  const TemporaryFolder folder;
  Walk walk;
  walk.fit(2, {CSVLogger({.path = folder / "log.csv"})}, 10);
  CHECK(text_of(folder / "log.csv") == "epoch,loss\n0,10\n1,9\n");
  walk.fit(1, {CSVLogger({.path = folder / "log.csv", .separator = ",", .append = true})}, 10);
  CHECK(text_of(folder / "log.csv") == "epoch,loss\n0,10\n1,9\n0,8\n");
  CHECK(error_text<FormatError>([&] {
          walk.fit(1, {CSVLogger({.path = folder / "none" / "log.csv"})});
        }).find("cannot be written") != std::string::npos);
}

TEST_CASE("ReduceLROnPlateau multiplies the rate after patience epochs, with cooldown and min_lr") {
  Walk walk;
  const History h = walk.fit(6, {scripted({5, 5, 5, 5, 5, 5}),
                                 ReduceLROnPlateau({.factor = 0.5, .patience = 2, .cooldown = 1, .min_lr = 0.3})});
  // The rate in the logs is that of the epoch. Epoch 3 ends the cooldown and counts as waiting again, as in Keras.
  CHECK(h.history["learning_rate"] == Floats{1, 1, 1, .5f, .5f, .3f});
  CHECK(walk.model.optimizer().learning_rate() == doctest::Approx(0.3));
  CHECK(error_text<ConfigError>([] { ReduceLROnPlateau({.factor = 1}); }) ==
        "[ReduceLROnPlateau] factor must be between 0 and 1; received 1.");
}

TEST_CASE("LearningRateScheduler sets each epoch's rate") {
  Walk walk;
  const History h =
      walk.fit(3, {LearningRateScheduler([](int64_t epoch, double rate) { return epoch == 0 ? rate : rate / 2; })});
  CHECK(h.history["learning_rate"] == Floats{1, .5f, .25f});
  CHECK(walk.weight() == 1.75f);
}

TEST_CASE("callbacks are called in order around epochs and batches, and see the numbers of epochs") {
  std::string calls;
  const Callback trace = LambdaCallback({
      .on_train_begin = [&](FitProgress&) { calls += "("; },
      .on_train_end = [&](FitProgress&) { calls += ")"; },
      .on_epoch_begin = [&](FitProgress&, int64_t epoch) { calls += cat("[", epoch); },
      .on_epoch_end = [&](FitProgress&, int64_t, Logs&) { calls += "]"; },
      .on_batch_begin = [&](FitProgress&, int64_t batch) { calls += cat("<", batch); },
      .on_batch_end = [&](FitProgress&, int64_t, const Logs& logs) { calls += logs.has("loss") ? ">" : "?"; },
  });
  Walk walk;
  walk.model.fit(Tensor(Shape{3, 1}), Tensor(Shape{3, 1}),
                 {.batch_size = 2, .epochs = 7, .verbose = 0, .callbacks = {trace}, .initial_epoch = 5});
  CHECK(calls == "([5<0><1>][6<0><1>])");
}

TEST_CASE("TerminateOnNaN ends a fit whose loss is not finite") {
  const SymbolicTensor x = Input({.shape = {1}});
  const Model model(x, Dense({.units = 1, .kernel_initializer = "ones"})(x));
  model.compile({.optimizer = SGD({.learning_rate = 1e30}), .loss = "mse"});
  const Tensor ones = Tensor::full(Shape{4, 1}, 1);
  CHECK(model.fit(ones, ones.clone(), {.batch_size = 1, .epochs = 9, .verbose = 0, .callbacks = {TerminateOnNaN()}})
            .epoch.size() == 9);  // the loss is 0 from the start
  int batches = 0;
  const Callback count = LambdaCallback({.on_batch_end = [&](FitProgress&, int64_t, const Logs&) { ++batches; }});
  const FitConfig config{.batch_size = 1, .epochs = 9, .verbose = 0, .callbacks = {TerminateOnNaN(), count}};
  CHECK(model.fit(ones, Tensor(Shape{4, 1}), config).epoch.size() == 1);
  CHECK(batches == 2);  // the first step moves the weight by 2e30
}

// -- progress ---------------------------------------------------------------------------------------------------------

TEST_CASE("in a pipe a fit prints one line per epoch") {
  std::ostringstream out;
  ProgressBar bar(out, ProgressStyle::lines, 2, 10);
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    bar.begin(epoch);
    Logs logs;
    logs.set("loss", 0.25f);
    logs.set("tiny", 1e-5f);
    for (int64_t step = 1; step <= 10; ++step) bar.update(step, logs);
    bar.end(logs);
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.starts_with("Epoch 1/2 [====================] 10/10 - 0s - "));
  CHECK(text.find("/step - loss: 0.2500 - tiny: 1.0000e-05\nEpoch 2/2 ") != std::string::npos);
}

TEST_CASE("on a terminal the line is redrawn in place and ends in a new line") {
  std::ostringstream out;
  {
    ProgressBar bar(out, ProgressStyle::bar, 1, 4);
    bar.begin(0);
    Logs logs;
    logs.set("loss", 1);
    bar.update(1, logs);
    bar.update(2, logs);  // within a tenth of a second: not drawn
    bar.end(logs);
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\r') == 2);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.starts_with("\rEpoch 1/1 [=====>              ] 1/4 - "));
  CHECK(text.ends_with(" \n") + text.ends_with("loss: 1.0000\n") > 0);
}

TEST_CASE("a bar that is cut short by an error ends its line, and a quiet one prints nothing") {
  std::ostringstream out, quiet;
  {
    ProgressBar bar(out, ProgressStyle::bar, 1, 4), none(quiet, ProgressStyle::quiet, 1, 4);
    Logs logs;
    bar.begin(0);
    bar.update(1, logs);
    none.begin(0);
    none.update(1, logs);
    none.end(logs);
    none.say("Stopped");
  }
  CHECK(out.str().ends_with("\n"));
  CHECK(quiet.str().empty());
}

}  // namespace graft::test
