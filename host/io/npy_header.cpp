// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/io/npy_header.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace rankchain {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t header_limit = 65535;  // what version 1.0 can say; NumPy itself takes 10000
constexpr std::size_t dimension_limit = 64;    // NumPy's own

// The header is a Python dictionary of three entries. Only what numpy.save can write is understood.
class HeaderParser {
  public:
    HeaderParser(const ByteSource& source, std::uint64_t start, std::string_view text)
        : source_(source), start_(start), text_(text) {}

    NpyHeader parse() {
        expect('{');
        while (!accept('}')) {
            const std::size_t place = at_;
            const std::string_view key = string("a key");
            expect(':');
            if (key == "descr" && !descr_) {
                descr_ = descr();
            } else if (key == "fortran_order" && !fortran_order_) {
                fortran_order_ = truth();
            } else if (key == "shape" && !shape_) {
                shape_ = shape();
            } else {
                fail(place, "unknown or repeated key '" + printable(key) +
                                "'; allowed: 'descr', 'fortran_order', 'shape', once each");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        blanks();
        if (at_ != text_.size()) fail(at_, "expected the end of the header dictionary");
        if (!descr_ || !fortran_order_ || !shape_) {
            fail(0, std::string("the header lacks ") + (!descr_           ? "'descr'"
                                                        : !fortran_order_ ? "'fortran_order'"
                                                                          : "'shape'"));
        }
        return {{}, *descr_, *fortran_order_, *shape_, 1};
    }

  private:
    [[noreturn]] void fail(std::size_t at, const std::string& message) const {
        source_.refuse_at(start_ + at, message);
    }
    static std::string printable(std::string_view text) {
        std::string result;
        for (const char c : text.substr(0, 40))
            result += c >= ' ' && c <= '~' ? c : '?';
        return result;
    }
    void blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n'))
            ++at_;
    }
    bool accept(char c) {
        blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) {
            fail(at_, std::string("expected '") + c + "' in the header, found '" +
                          printable(text_.substr(at_, 1)) + "'");
        }
    }
    std::string_view string(const std::string& what) {
        blanks();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '\'' && quote != '"') fail(at_, "expected " + what + " in quotes");
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail(at_, "expected the closing quote of " + what);
        const std::string_view result = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return result;
    }
    bool truth() {
        blanks();
        for (const std::string_view word : {"True", "False"}) {
            if (text_.substr(at_).starts_with(word)) {
                at_ += word.size();
                return word == "True";
            }
        }
        fail(at_, "expected True or False for 'fortran_order'");
    }
    std::string descr() {
        blanks();
        if (at_ < text_.size() && text_[at_] == '[') {
            fail(at_, "structured arrays are refused: save one plain numeric array");
        }
        return printable(string("the type 'descr'"));
    }
    std::vector<std::uint64_t> shape() {
        std::vector<std::uint64_t> result;
        expect('(');
        while (!accept(')')) {
            blanks();
            std::uint64_t size = 0;
            const char* const first = text_.data() + at_;
            const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), size);
            if (error != std::errc{} || size > std::numeric_limits<std::int64_t>::max()) {
                fail(at_, "expected a size from 0 to 2^63 - 1 in 'shape'");
            }
            at_ += static_cast<std::size_t>(end - first);
            static_cast<void>(accept('L'));  // Python 2 writes long numbers so
            if (result.size() == dimension_limit) {
                fail(at_,
                     "'shape' has more than " + std::to_string(dimension_limit) + " dimensions");
            }
            result.push_back(size);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return result;
    }

    const ByteSource& source_;
    std::uint64_t start_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<std::string> descr_;
    std::optional<bool> fortran_order_;
    std::optional<std::vector<std::uint64_t>> shape_;
};

ElementType parse_descr(const ByteSource& source, std::uint64_t place, const std::string& descr) {
    const std::string allowed =
        "; allowed: f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and b1 in either byte order";
    const std::size_t kind_at =
        descr.find_first_of("<>|=") == 0 ? 1 : 0;  // a missing mark is the machine's own order
    const char kind = descr.size() > kind_at ? descr[kind_at] : '\0';
    if (kind == 'O') {
        source.refuse_at(place,
                         "object arrays are refused (they hold Python pickles): save one "
                         "numeric array, e.g. array.astype(float)");
    }
    ElementType type;
    type.kind = kind;
    type.bytes = 0;
    type.big_endian = descr.starts_with('>');
    const char* const first = descr.data() + std::min(kind_at + 1, descr.size());
    const char* const last = descr.data() + descr.size();
    const auto [end, error] = std::from_chars(first, last, type.bytes);
    if (error != std::errc{} || end != last || find_decoder(type) == nullptr) {
        source.refuse_at(place, "type '" + descr + "' cannot be read" + allowed);
    }
    return type;
}

}  // namespace

NpyHeader read_npy_header(ByteSource& source) {
    std::array<std::byte, 8> start{};
    source.read_exactly(start, "the .npy magic and version");
    if (start[0] == std::byte{'P'} && start[1] == std::byte{'K'}) {
        source.refuse_at(0, "this is an archive (.npz?): save one array with numpy.save");
    }
    for (std::size_t i = 0; i < magic.size(); ++i) {
        if (start[i] != static_cast<std::byte>(magic[i])) {
            source.refuse_at(0, "not a .npy file: expected the magic \\x93NUMPY");
        }
    }
    const int major = std::to_integer<int>(start[6]);
    const int minor = std::to_integer<int>(start[7]);
    if (major < 1 || major > 3 || minor != 0) {
        source.refuse_at(6, "unknown .npy version " + std::to_string(major) + "." +
                                std::to_string(minor) + "; allowed: 1.0, 2.0, 3.0");
    }
    std::array<std::byte, 4> length_bytes{};
    source.read_exactly(std::span(length_bytes).first(major == 1 ? 2 : 4), "the header's length");
    const auto length =
        static_cast<std::uint64_t>(find_decoder({'u', 4, false})(length_bytes.data()));
    if (length > header_limit) {
        source.refuse_at(8, "the header's length is " + std::to_string(length) +
                                " bytes; allowed are at most " + std::to_string(header_limit));
    }
    const std::uint64_t place = source.position();
    std::vector<std::byte> bytes(static_cast<std::size_t>(length));
    source.read_exactly(bytes, "header");
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());

    NpyHeader header = HeaderParser(source, place, text).parse();
    header.element = parse_descr(source, place, header.descr);
    std::vector<std::uint64_t> factors = header.shape;
    const auto count = checked_product(factors);
    factors.push_back(header.element.bytes);
    const auto total = checked_product(factors);
    if (!count || !total) {
        source.refuse_at(place, "the product of the sizes in 'shape' does not fit 63 bits");
    }
    source.expect_rest(*total, "values");
    header.count = *count;
    return header;
}

}  // namespace rankchain
