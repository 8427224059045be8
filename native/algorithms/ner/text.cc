#include "algorithms/ner/text.h"

namespace hebb::ner {

namespace {

// Base letters of U+00C0..U+017F, in order; '.' where there is none.
constexpr char kBase[] =
    "aaaaaaaceeeeiiiidnooooo.ouuuuyts"
    "aaaaaaaceeeeiiiidnooooo.ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggg"
    "gggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssss"
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(sizeof kBase == 193);

constexpr bool even_is_upper(char16_t c) {
  return (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
         (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) || (c >= 0x1e00 && c <= 0x1e95) ||
         (c >= 0x1ea0 && c <= 0x1eff);
}
constexpr bool odd_is_upper(char16_t c) { return (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e); }

constexpr bool is_ideograph(char16_t c) {
  return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff);
}
constexpr bool is_mark(char16_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x483 && c <= 0x489) || (c >= 0x591 && c <= 0x5c7) ||
         (c >= 0x610 && c <= 0x61a) || (c >= 0x64b && c <= 0x65f) || (c >= 0x1ab0 && c <= 0x1aff) ||
         (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xfe20 && c <= 0xfe2f) || c == 0x200d;
}
constexpr bool is_other_letter(char16_t c) {
  return c == 0xaa || c == 0xb5 || c == 0xba || (c >= 0xc0 && c <= 0x2af && c != 0xd7 && c != 0xf7) ||
         (c >= 0x370 && c <= 0x1fff && c != 0x37e && c != 0x387) || (c >= 0x2c00 && c <= 0x2dff) ||
         (c >= 0xa000 && c <= 0xabff) || (c >= 0xfb00 && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfefc);
}

CharClass class_of_wide(char16_t c) {
  if (to_lower(c) != c) return CharClass::upper;
  if (c >= 0xd800 && c <= 0xdfff) return CharClass::surrogate;
  if (c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x3000) {
    return CharClass::space;
  }
  if (is_mark(c)) return CharClass::mark;
  if (is_ideograph(c)) return CharClass::ideograph;
  if ((c >= 0x660 && c <= 0x669) || (c >= 0x966 && c <= 0x96f) || (c >= 0xff10 && c <= 0xff19)) return CharClass::digit;
  const bool cased = (c >= 0xdf && c <= 0x24f && c != 0xf7) || (c >= 0x3ac && c <= 0x3ce) ||
                     (c >= 0x430 && c <= 0x52f) || (c >= 0x561 && c <= 0x587) || (c >= 0x1e00 && c <= 0x1fff);
  if (cased) return CharClass::lower;
  return is_other_letter(c) ? CharClass::letter : CharClass::other;
}

struct AsciiClasses {
  CharClass of[128];
  constexpr AsciiClasses() : of{} {
    for (int c = 0; c < 128; ++c) {
      of[c] = c >= 'A' && c <= 'Z'   ? CharClass::upper
              : c >= 'a' && c <= 'z' ? CharClass::lower
              : c >= '0' && c <= '9' ? CharClass::digit
              : c <= ' '             ? CharClass::space
                                     : CharClass::other;
    }
  }
};
constexpr AsciiClasses kAscii;

// The unit that stands for a character in a shape.
uint32_t shape_unit(char16_t c, CharClass kind) {
  switch (kind) {
    case CharClass::upper: return 'X';
    case CharClass::lower: return 'x';
    case CharClass::digit: return 'd';
    case CharClass::letter: return 'o';
    case CharClass::mark: return 0;
    case CharClass::ideograph: return 'k';
    case CharClass::surrogate: return 'e';
    case CharClass::space: return ' ';
    case CharClass::other: return c < 128 ? c : 'p';
  }
  return 0;
}

}  // namespace

CharClass class_of(char16_t c) { return c < 128 ? kAscii.of[c] : class_of_wide(c); }

char16_t to_lower(char16_t c) {
  if (c < 128) return c >= 'A' && c <= 'Z' ? char16_t(c + 32) : c;
  if (c >= 0xc0 && c <= 0xde) return c == 0xd7 ? c : char16_t(c + 32);
  if (c == 0x130) return u'i';
  if (c == 0x178) return 0xff;
  if (even_is_upper(c)) return c == 0x131 ? c : char16_t(c | 1);
  if (odd_is_upper(c)) return (c & 1) != 0 ? char16_t(c + 1) : c;
  if (c >= 0x386 && c <= 0x3ab) {
    if (c >= 0x391) return c == 0x3a2 ? c : char16_t(c + 32);
    if (c == 0x386) return 0x3ac;
    if (c >= 0x388 && c <= 0x38a) return char16_t(c + 37);
    if (c == 0x38c) return 0x3cc;
    if (c >= 0x38e) return c == 0x390 ? c : char16_t(c + 63);
    return c;
  }
  if (c >= 0x410 && c <= 0x42f) return char16_t(c + 32);
  if (c >= 0x400 && c <= 0x40f) return char16_t(c + 80);
  if (c >= 0x531 && c <= 0x556) return char16_t(c + 48);
  return c;
}

char16_t fold(char16_t c) {
  if (c >= 0xc0 && c <= 0x17f && kBase[c - 0xc0] != '.') return char16_t(kBase[c - 0xc0]);
  return to_lower(c);
}

WordInfo analyse(Word word) {
  WordInfo info{};
  const uint32_t n = word.length;
  RollingHash exact(1), lower(2), folded(3), digits(4), shape(5), short_shape(6);
  uint32_t last_shape = 0;
  bool all_upper = true, all_digits = n > 0;
  for (uint32_t i = 0; i < n; ++i) {
    const char16_t c = word.units[i];
    const CharClass kind = class_of(c);
    const char16_t low = to_lower(c);
    exact.add(c);
    lower.add(low);
    if (kind != CharClass::mark) folded.add(fold(c));
    digits.add(kind == CharClass::digit ? u'0' : low);
    const uint32_t s = shape_unit(c, kind);
    if (s != 0) {
      shape.add(s);
      if (s != last_shape) short_shape.add(s);
      last_shape = s;
    }
    if (i < 5) info.prefix[i] = exact.value();
    if (i < 3) info.lower_prefix3 = lower.value();
    if (kind != CharClass::upper) all_upper = false;
    if (kind != CharClass::digit) all_digits = false;
    if (kind == CharClass::digit) info.flags |= kHasDigit;
    if (kind <= CharClass::lower || kind == CharClass::letter || kind == CharClass::ideograph) info.flags |= kHasLetter;
    if (kind == CharClass::upper && i > 0 && class_of(word.units[i - 1]) == CharClass::lower) info.flags |= kMixedCase;
    if (c == u'-') info.flags |= kHasHyphen;
    if (c == u'.') info.flags |= kHasPeriod;
    if (c == u'\'' || c == 0x2019) info.flags |= kHasApostrophe;
  }
  if (n > 0 && class_of(word.units[0]) == CharClass::upper) info.flags |= kInitialUpper;
  if (n > 0 && all_upper) info.flags |= kAllUpper;
  if (all_digits) info.flags |= kAllDigits;
  if (n == 1) info.flags |= kSingleUnit;
  RollingHash suffix(7), lower_suffix(8);
  for (uint32_t i = 0; i < n && i < 5; ++i) {
    const char16_t c = word.units[n - 1 - i];
    suffix.add(c);
    info.suffix[i] = suffix.value();
    if (i < 3) {
      lower_suffix.add(to_lower(c));
      info.lower_suffix3 = lower_suffix.value();
    }
  }
  info.exact = exact.value();
  info.lower = lower.value();
  info.folded = folded.value();
  info.digits = digits.value();
  info.shape = shape.value();
  info.short_shape = short_shape.value();
  return info;
}

}  // namespace hebb::ner
