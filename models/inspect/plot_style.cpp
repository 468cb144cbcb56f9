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
  const char* fill;
  std::array<std::string_view, 10> words;  // parts of classes and of primitives, in lower case
};

// The first word that occurs decides.
static constexpr std::array<Family, 13> kFamilies{{
    {"#e4e7eb", {"input"}},
    {"#fffaeb", {"functional", "sequential"}},
    {"#f5d0f7", {"attention"}},
    {"#d8f3a6", {"lstm", "gru", "rnn", "recurrent", "bidirectional"}},
    {"#c8eff0", {"embedding", "take", "gather"}},
    {"#efe3d3", {"random", "lookup", "vectorization", "encoding", "discretization", "hash", "spectrogram"}},
    {"#bae3ff", {"transpose", "conv", "dense", "inner_product", "matmul", "dot", "einsum"}},
    {"#dad8fb", {"norm", "moving"}},
    {"#c6f7e2", {"pool", "resample", "upsampling", "padding", "cropping"}},
    {"#ffe3ec", {"relu", "elu", "softmax", "activation", "eltwise", "tanh"}},
    {"#ffe8b8", {"add", "subtract", "multiply", "average", "maximum", "minimum", "concat", "binary", "reduce"}},
    {"#f0f4f8", {"dropout"}},
    {"#ffd9cc", {"update", "assign"}},
}};

const char* fill_of(const std::string& kind) {
  std::string lower;
  for (const char c : kind) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const Family& family : kFamilies)
    for (const std::string_view word : family.words)
      if (!word.empty() && lower.find(word) != std::string::npos) return family.fill;
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
