#include "graft/models/inspect/plot_render.h"

#include "graft/core/error.h"
#include "graft/core/file.h"

#ifdef GRAFT_HAVE_GRAPHVIZ
#include <graphviz/gvc.h>

#include <memory>
#include <mutex>
#endif

namespace graft {

namespace fs = std::filesystem;

#ifdef GRAFT_HAVE_GRAPHVIZ

// Graphviz has global state, so only one thread draws at a time.
static std::string rendered(const std::string& dot, const std::string& format, const fs::path& path) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  agseterr(AGERR);  // a warning, such as a missing font, is not an error
  const std::unique_ptr<GVC_t, int (*)(GVC_t*)> context(gvContext(), gvFreeContext);
  const std::unique_ptr<graph_t, int (*)(graph_t*)> graph(agmemread(dot.c_str()), agclose);
  if (!graph || gvLayout(context.get(), graph.get(), "dot") != 0)
    throw BackendError(cat(path.string(), ": Graphviz could not lay out the picture"));
  char* data = nullptr;
  unsigned length = 0;
  const int failed = gvRenderData(context.get(), graph.get(), format.c_str(), &data, &length);
  std::string bytes(failed == 0 && data != nullptr ? std::string(data, length) : std::string());
  if (data != nullptr) gvFreeRenderData(data);
  gvFreeLayout(context.get(), graph.get());
  if (bytes.empty()) throw BackendError(cat(path.string(), ": Graphviz could not draw a ", format));
  return bytes;
}

#else

static std::string rendered(const std::string&, const std::string& format, const fs::path& path) {
  throw BackendError(cat(path.string(), ": a ", format, " cannot be drawn, this build has no Graphviz"))
      .hint("install libgraphviz-dev and build again, or write .dot.");
}

#endif

void draw_dot(const std::string& dot, const fs::path& path, int64_t dpi) {
  const std::string ending = path.extension().string();
  if (ending == ".dot") return write_file(path, dot);
  if (ending != ".svg" && ending != ".png")
    throw ConfigError(cat("a picture is written as .svg, .png or .dot; received ", path.string()));
  std::string text = dot;  // an SVG is measured in points and ignores the dpi
  if (ending == ".png") text.insert(text.find('{') + 1, cat("\n  dpi=", dpi, ";"));
  write_file(path, rendered(text, ending.substr(1), path));
}

}  // namespace graft
