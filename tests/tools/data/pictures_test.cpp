#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/file.h"
#include "graft/tools/data/images.h"
#include "graft/tools/demonstration/curves.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using graft::test::error_text;
using graft::test::TemporaryFolder;

TEST_CASE("an image comes back from its PNG, clipped to what bytes hold") {
  const TemporaryFolder folder;
  const Tensor grey(Shape{2, 2, 1}, std::vector<float>{0, 1, 0.5f, 2});
  tools::write_png(folder / "grey.png", grey);
  CHECK(relative_difference(tools::read_png(folder / "grey.png", 1),
                            Tensor(Shape{2, 2, 1}, std::vector<float>{0, 1, 128.f / 255, 1})) < 1e-6);
  const Tensor colour(Shape{1, 2, 3}, std::vector<float>{1, 0, 0, 0, 0, 1});
  tools::write_png(folder / "colour.png", colour);
  CHECK(bit_equal(tools::read_png(folder / "colour.png", 3), colour));
}

TEST_CASE("tensors that are not images and files that are not PNGs are refused") {
  const TemporaryFolder folder;
  CHECK(error_text<ShapeError>([&] { tools::write_png(folder / "a.png", Tensor(Shape{2, 2})); }) ==
        "an image has the shape (H, W, C); received (2, 2).");
  CHECK(error_text<ShapeError>([&] { tools::write_png(folder / "a.png", Tensor(Shape{2, 2, 2})); }) ==
        "a PNG has 1 or 3 channels; received 2.");
  write_file(folder / "a.png", "text");
  CHECK(error_text<FormatError>([&] {
          tools::read_png(folder / "a.png", 1);
        }).starts_with((folder / "a.png").string() + ": cannot be read as PNG: "));
}

TEST_CASE("a grid lays rows of images out with gaps, enlarged") {
  const Tensor row(Shape{2, 1, 1, 1}, std::vector<float>{0.25f, 0.75f});
  const Tensor grid = tools::image_grid({row}, {.scale = 2, .gap = 1, .background = 1});
  CHECK(bit_equal(grid, Tensor(Shape{4, 7, 1}, std::vector<float>{1, 1,     1,     1, 1,     1,     1,  //
                                                                  1, 0.25f, 0.25f, 1, 0.75f, 0.75f, 1,  //
                                                                  1, 0.25f, 0.25f, 1, 0.75f, 0.75f, 1,  //
                                                                  1, 1,     1,     1, 1,     1,     1})));
  CHECK(error_text<ShapeError>([&] { tools::image_grid({row, Tensor(Shape{2, 2, 1, 1})}); }) ==
        "the images of a grid have one shape; received (2, 1, 1, 1) and (2, 2, 1, 1).");
}

TEST_CASE("smoothing takes the mean of neighbours and keeps the length") {
  CHECK(tools::smoothed({0, 3, 6, 3}, 3) == std::vector<double>{1.5, 3, 4, 4.5});
  CHECK(tools::smoothed({1, 2}, 1) == std::vector<double>{1, 2});
}

TEST_CASE("curves are drawn with their names, and text is escaped") {
  const TemporaryFolder folder;
  tools::write_curves(folder / "c.svg", {{.title = "Loss <of all>",
                                          .x_label = "batch",
                                          .y_label = "loss",
                                          .logarithmic = true,
                                          .curves = {{"a & b", {1, 2, 3}, {10, 5, 1}}}}});
  const std::string svg = read_file(folder / "c.svg");
  CHECK(svg.find("Loss &lt;of all&gt;") != std::string::npos);
  CHECK(svg.find("a &amp; b") != std::string::npos);
  CHECK(svg.find("<polyline") != std::string::npos);
  CHECK(svg.ends_with("</svg>\n"));
}

TEST_CASE("a curve that its axis cannot show is refused") {
  const auto draw = [](bool logarithmic, std::vector<double> y) {
    return error_text<DataError>([&] {
      tools::write_curves("never.svg", {{.title = "t",
                                         .x_label = "",
                                         .y_label = "",
                                         .logarithmic = logarithmic,
                                         .curves = {{"c", std::vector<double>(y.size(), 1), y}}}});
    });
  };
  CHECK(draw(true, {1, 0}) == "the curve \"c\" has the value 0, which its axis cannot show.");
  CHECK(draw(false, {1, NAN}) == "the curve \"c\" has the value nan, which its axis cannot show.");
  CHECK(draw(false, {}) == "the panel \"t\" has no points.");
}
