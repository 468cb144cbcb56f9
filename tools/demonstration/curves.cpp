#include "graft/tools/demonstration/curves.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "graft/core/error.h"
#include "graft/core/file.h"

namespace graft::tools {

namespace {

constexpr double kWidth = 520, kHeight = 340, kLeft = 70, kRight = 20, kTop = 44, kBottom = 52;
// People with any colour vision can distinguish these.
constexpr const char* kColours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};

struct Axis {
  double low, high;
  bool logarithmic;

  double position(double value) const {  // 0 at low, 1 at high
    if (logarithmic) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
  }
};

// About five ticks at steps of 1, 2 or 5 times a power of ten; on a logarithmic axis the ticks are such numbers.
std::vector<double> ticks(const Axis& axis) {
  std::vector<double> values;
  const double slack = 1e-9 * (axis.high - axis.low);
  if (axis.logarithmic) {
    for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high; power *= 10)
      for (const double digit : {1, 2, 5})
        if (digit * power >= axis.low - slack && digit * power <= axis.high + slack) values.push_back(digit * power);
    return values;
  }
  const double rough = (axis.high - axis.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  double step = power;
  for (const double digit : {2, 5, 10})
    if (step < rough) step = digit * power;
  for (double i = std::ceil(axis.low / step); i * step <= axis.high + slack; ++i) values.push_back(i * step);
  return values;
}

Axis axis_over(const Panel& panel, std::vector<double> Curve::* values, bool logarithmic) {
  double low = INFINITY, high = -INFINITY;
  for (const Curve& curve : panel.curves)
    for (const double value : curve.*values) {
      if (!std::isfinite(value) || (logarithmic && value <= 0))
        throw DataError(cat("the curve \"", curve.name, "\" has the value ", value, ", which its axis cannot show"));
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (low > high) throw DataError(cat("the panel \"", panel.title, "\" has no points"));
  if (logarithmic) return {low / 1.1, high * 1.1, true};
  if (low == high) low -= 0.5, high += 0.5;
  return {low, high, false};
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

class PanelWriter {
 public:
  PanelWriter(std::ostream& out, const Panel& panel)
      : out_(out),
        panel_(panel),
        x_(axis_over(panel, &Curve::x, false)),
        y_(axis_over(panel, &Curve::y, panel.logarithmic)) {}

  void write() {
    text(kLeft, 24, "start", panel_.title, 15, "font-weight='bold'");
    grid();
    for (size_t i = 0; i < panel_.curves.size(); ++i) curve(panel_.curves[i], colour(i));
    legend();
  }

 private:
  static const char* colour(size_t i) { return kColours[i % std::size(kColours)]; }
  double px(double value) const { return kLeft + x_.position(value) * (kWidth - kLeft - kRight); }
  double py(double value) const { return kHeight - kBottom - y_.position(value) * (kHeight - kTop - kBottom); }

  void text(double x, double y, const char* anchor, const std::string& words, int size = 12, const char* more = "") {
    out_ << "<text x='" << x << "' y='" << y << "' text-anchor='" << anchor << "' font-size='" << size << "' " << more
         << '>' << escaped(words) << "</text>\n";
  }
  void line(double x1, double y1, double x2, double y2, const char* stroke) {
    out_ << "<line x1='" << x1 << "' y1='" << y1 << "' x2='" << x2 << "' y2='" << y2 << "' stroke='" << stroke
         << "'/>\n";
  }

  void grid() {
    for (const double value : ticks(y_)) {
      line(kLeft, py(value), kWidth - kRight, py(value), "#e4e4e4");
      text(kLeft - 8, py(value) + 4, "end", cat(value));
    }
    for (const double value : ticks(x_)) {
      line(px(value), kHeight - kBottom, px(value), kHeight - kBottom + 5, "#444");
      text(px(value), kHeight - kBottom + 20, "middle", cat(value));
    }
    line(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "#444");
    text((kLeft + kWidth - kRight) / 2, kHeight - 12, "middle", panel_.x_label);
    const double middle = (kTop + kHeight - kBottom) / 2;
    text(16, middle, "middle", panel_.y_label, 12, cat("transform='rotate(-90 16 ", middle, ")'").c_str());
  }

  void curve(const Curve& curve, const char* stroke) {
    out_ << "<polyline fill='none' stroke-width='1.8' stroke-linejoin='round' stroke='" << stroke << "' points='";
    for (size_t i = 0; i < curve.x.size(); ++i) out_ << px(curve.x[i]) << ',' << py(curve.y[i]) << ' ';
    out_ << "'/>\n";
  }

  void legend() {
    for (size_t i = 0; i < panel_.curves.size(); ++i) {
      const double y = kTop + 14 + 18 * static_cast<double>(i), end = kWidth - kRight - 8;
      text(end - 28, y, "end", panel_.curves[i].name);
      out_ << "<line x1='" << end - 22 << "' y1='" << y - 4 << "' x2='" << end << "' y2='" << y - 4
           << "' stroke-width='3' stroke='" << colour(i) << "'/>\n";
    }
  }

  std::ostream& out_;
  const Panel& panel_;
  Axis x_, y_;
};

}  // namespace

std::vector<double> smoothed(const std::vector<double>& values, size_t window) {
  std::vector<double> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t begin = i >= window / 2 ? i - window / 2 : 0, end = std::min(values.size(), i + window / 2 + 1);
    for (size_t j = begin; j < end; ++j) result[i] += values[j] / static_cast<double>(end - begin);
  }
  return result;
}

void write_curves(const std::filesystem::path& path, const std::vector<Panel>& panels) {
  std::ostringstream out;
  out.precision(6);
  const double width = kWidth * static_cast<double>(panels.size());
  out << "<svg xmlns='http://www.w3.org/2000/svg' width='" << width << "' height='" << kHeight << "' viewBox='0 0 "
      << width << ' ' << kHeight
      << "' font-family='sans-serif' fill='#222'>\n<rect width='100%' height='100%' fill='white'/>\n";
  for (size_t i = 0; i < panels.size(); ++i) {
    out << "<g transform='translate(" << kWidth * static_cast<double>(i) << " 0)'>\n";
    PanelWriter(out, panels[i]).write();
    out << "</g>\n";
  }
  out << "</svg>\n";
  write_file(path, out.str());
}

}  // namespace graft::tools
