#include <regex>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/models/inspect/plot.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;

namespace {

// Arrows as "name -> name", in the order in which they are drawn.
std::vector<std::string> arrows(const std::string& dot) {
  std::map<std::string, std::string> names;
  const std::regex node(R"re((n\d+) \[label=<<b>[^<]*</b><br/><font[^>]*>([^<]*)</font>)re");
  for (std::sregex_iterator at(dot.begin(), dot.end(), node), end; at != end; ++at) names[(*at)[1]] = (*at)[2];
  std::vector<std::string> found;
  const std::regex arrow(R"((n\d+) -> (n\d+);)");
  for (std::sregex_iterator at(dot.begin(), dot.end(), arrow), end; at != end; ++at)
    found.push_back(names[(*at)[1]] + " -> " + names[(*at)[2]]);
  return found;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a layer that is called twice is drawn twice, without a cycle") {
  const Dense a({.units = 3, .name = "a"}), b({.units = 3, .name = "b"});
  auto x = Input({.shape = {3}, .name = "x"});
  const std::string dot = model_dot(Model(x, a(b(a(x)))));
  CHECK(arrows(dot) == std::vector<std::string>{"x -> a", "a -> b", "b -> a@1"});
  CHECK(count(dot, "penwidth=2.2") == 2);  // both calls of a, in one colour
  CHECK(count(dot, "#cf1124") == 2);
  CHECK(dot.find("(None, 3)") == std::string::npos);
}

TEST_CASE("nested models are one node each, or boxes whose arrows join the calls inside") {
  auto p = Input({.shape = {3}, .name = "p"});
  const Model inner(p, Dense({.units = 3, .name = "d2"})(Dense({.units = 3, .name = "d1"})(p)), {.name = "inner"});
  auto x = Input({.shape = {3}, .name = "x"});
  const Model model(x, Add({.name = "sum"})({inner(x), inner(inner(x))}));
  CHECK(arrows(model_dot(model)) ==
        std::vector<std::string>{"x -> inner", "x -> inner@1", "inner@1 -> inner@2", "inner -> sum", "inner@2 -> sum"});
  const std::string expanded = model_dot(model, {.show_shapes = true, .expand_nested = true});
  CHECK(arrows(expanded) == std::vector<std::string>{"x -> d1", "d1 -> d2", "x -> d1", "d1 -> d2", "d2 -> d1",
                                                     "d1 -> d2", "d2 -> sum", "d2 -> sum"});
  CHECK(count(expanded, "subgraph cluster_") == 3);
  CHECK(count(expanded, "(None, 3)") == 8);
}

TEST_CASE("pictures are written as .dot, .svg and .png, and other endings are refused") {
  TemporaryFolder folder;
  auto x = Input({.shape = {3}, .name = "a<b&c"});
  const Model model(x, Dense({.units = 3})(x));
  plot_model(model, folder / "m.dot");
  CHECK(read_file(folder / "m.dot") == model_dot(model));
  plot_model(model, folder / "m.svg", {.show_shapes = true});
  const std::string svg = read_file(folder / "m.svg");
  CHECK(svg.find("<svg") != std::string::npos);
  CHECK(svg.find("a&lt;b&amp;c") != std::string::npos);
  plot_model(model, folder / "m.png");
  CHECK(read_file(folder / "m.png").starts_with("\x89PNG"));
  CHECK(error_text<ConfigError>([&] { plot_model(model, "m.gif"); }) ==
        "a picture is written as .svg, .png or .dot; received m.gif.");
}

TEST_CASE("the picture of an Executable shows what runs, not what is prepared") {
  auto x = Input({.shape = {8, 8, 3}, .name = "x"});
  auto y = Conv2D({.filters = 4, .kernel_size = {3, 3}, .name = "conv"})(x);
  y = Activation({.activation = "relu"})(BatchNormalization()(y));
  const Model model(x, GlobalAveragePooling2D({.name = "pool"})(y));
  const std::string dot = executable_dot(compile(model, {.batch = 2}), "net");
  CHECK(count(dot, "[label=<<b>") == 3);  // input, convolution with all that is folded into it, mean
  CHECK(dot.find("conv</font>") != std::string::npos);
  CHECK(dot.find("pool</font>") != std::string::npos);
  CHECK(count(dot, " -> ") == 2);
}
