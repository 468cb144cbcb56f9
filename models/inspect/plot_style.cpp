#include "graft/models/inspect/plot_style.h"

#include <array>
#include <string_view>

#include "graft/core/error.h"

namespace graft::plot {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  return out;
}

std::string begin_picture(const std::string& title) {
  return cat("digraph G {\n", "  graph [label=<<font point-size=\"16\" color=\"#1f2933\"><b>", escaped(title),
             "</b></font>>, labelloc=t, ",
             "rankdir=TB, ranksep=0.34, nodesep=0.32, pad=0.3, bgcolor=\"#ffffff\", fontname=\"Helvetica\"];\n",
             "  node [shape=box, style=\"rounded,filled\", penwidth=1.1, color=\"#52606d\", fillcolor=\"#f5f7fa\", ",
             "fontname=\"Helvetica\", fontsize=11, fontcolor=\"#1f2933\", margin=\"0.14,0.07\", height=0.3];\n",
             "  edge [color=\"#7b8794\", penwidth=1.1, arrowsize=0.6, fontname=\"Helvetica\", fontsize=9, ",
             "fontcolor=\"#52606d\"];\n");
}

struct Family {
  std::string_view word;  // part of the class or the primitive, in lower case
  const char* fill;
};

// The first word that occurs decides.
static constexpr std::array<Family, 34> kFamilies{{
    {"input", "#e4e7eb"},    {"functional", "#fffaeb"}, {"sequential", "#fffaeb"},    {"transpose", "#bae3ff"},
    {"conv", "#bae3ff"},     {"dense", "#bae3ff"},      {"inner_product", "#bae3ff"}, {"matmul", "#bae3ff"},
    {"dot", "#bae3ff"},      {"norm", "#dad8fb"},       {"moving", "#dad8fb"},        {"pool", "#c6f7e2"},
    {"resample", "#c6f7e2"}, {"upsampling", "#c6f7e2"}, {"padding", "#c6f7e2"},       {"cropping", "#c6f7e2"},
    {"relu", "#ffe3ec"},     {"elu", "#ffe3ec"},        {"softmax", "#ffe3ec"},       {"activation", "#ffe3ec"},
    {"eltwise", "#ffe3ec"},  {"tanh", "#ffe3ec"},       {"add", "#ffe8b8"},           {"subtract", "#ffe8b8"},
    {"multiply", "#ffe8b8"}, {"average", "#ffe8b8"},    {"maximum", "#ffe8b8"},       {"minimum", "#ffe8b8"},
    {"concat", "#ffe8b8"},   {"binary", "#ffe8b8"},     {"reduce", "#ffe8b8"},        {"dropout", "#f0f4f8"},
    {"update", "#ffd9cc"},   {"assign", "#ffd9cc"},
}};

const char* fill_of(const std::string& kind) {
  std::string lower;
  for (const char c : kind) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const Family& family : kFamilies)
    if (lower.find(family.word) != std::string::npos) return family.fill;
  return "#f5f7fa";
}

const char* shared_border(size_t index) {
  static constexpr std::array<const char*, 6> kBorders{"#cf1124", "#0f609b", "#0c6b58",
                                                       "#8719e0", "#cb6e17", "#a6026c"};
  return kBorders[index % kBorders.size()];
}

std::string label_of(const std::vector<std::string>& lines) {
  std::string label = "<";
  for (size_t i = 0; i < lines.size(); ++i)
    if (i == 0 || !lines[i].empty())  // Graphviz rejects an empty <font>
      label += i == 0 ? cat("<b>", escaped(lines[i]), "</b>")
                      : cat("<br/><font point-size=\"9\" color=\"#52606d\">", escaped(lines[i]), "</font>");
  return label + ">";
}

}  // namespace graft::plot
