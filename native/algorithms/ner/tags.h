// What the tags of a model mean: the part of an entity that a word is, and the entity's type.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace hebb::ner {

enum class Part : uint8_t { outside, begin, inside, end, single };  // O, B-, I-, E-, S-

struct Entity {
  int64_t begin, end;  // words [begin, end)
  int32_t type;
  bool operator==(const Entity&) const = default;
};

struct TagSet {
  std::vector<Part> parts;     // [tags]
  std::vector<int32_t> types;  // [tags], -1 for outside
  bool ends_marked = false;    // BIOES rather than BIO (or IO)

  int64_t size() const { return int64_t(parts.size()); }
  int32_t type_count() const { return types.empty() ? 0 : 1 + *std::max_element(types.begin(), types.end()); }

  // May `b` follow `a`? -1 stands for the sentence's edge on either side.
  bool may_follow(int a, int b) const {
    if (b < 0) return a < 0 || !ends_marked || (parts[size_t(a)] != Part::begin && parts[size_t(a)] != Part::inside);
    const Part to = parts[size_t(b)];
    const bool continues = to == Part::inside || to == Part::end;
    const Part from = a < 0 ? Part::outside : parts[size_t(a)];
    const bool open = from == Part::begin || from == Part::inside;
    const bool same = a >= 0 && types[size_t(a)] == types[size_t(b)];
    if (ends_marked) return open ? continues && same : !continues;
    if (has_begin) return !continues || (open && same);
    return true;
  }
  // False for IO tags, which have no B-: entities of one type that touch are one.
  bool has_begin = true;

  // The entities of a sequence. A word that continues nothing begins an entity, as in conlleval.
  void entities(const int32_t* tags, int64_t n, std::vector<Entity>& out) const {
    out.clear();
    bool open = false;
    for (int64_t i = 0; i < n; ++i) {
      const Part part = parts[size_t(tags[i])];
      const int32_t type = types[size_t(tags[i])];
      const bool continues = open && (part == Part::inside || part == Part::end) && out.back().type == type;
      if (part == Part::outside) {
        open = false;
        continue;
      }
      if (continues) {
        out.back().end = i + 1;
      } else {
        out.push_back({i, i + 1, type});
      }
      open = part == Part::begin || part == Part::inside;
    }
  }
};

}  // namespace hebb::ner
