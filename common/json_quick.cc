// The shim over simdjson: its document, walked once, becomes jansson's tree.
#include "common/json_quick.h"

extern "C" {
#include "common/parse.h"
}

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>
#include <string_view>

namespace
{

namespace dom = simdjson::dom;

constexpr size_t kFirstBytes = 4096; // what a reader begins with; it doubles

// What one thread reads with. No call of it throws.
class Reader
{
  public:
    // The document of text[length], valid until the next call.
    bool Read(dom::element *root, const char *text, size_t length) noexcept
    {
        if (!Reserve(length))
            return false;
        // simdjson looks at some bytes past the end
        std::memcpy(copy_.get(), text, length);
        std::memset(copy_.get() + length, 0, simdjson::SIMDJSON_PADDING);
        return parser_.parse_into_document(document_, copy_.get(), length, false).get(*root) ==
               simdjson::SUCCESS;
    }

  private:
    bool Reserve(size_t length) noexcept
    {
        if (length <= capacity_)
            return true;
        size_t capacity = capacity_ > 0 ? capacity_ : kFirstBytes;
        while (capacity < length)
            capacity *= 2;
        capacity_ = 0;
        copy_.reset(new (std::nothrow) char[capacity + simdjson::SIMDJSON_PADDING]);
        // one level more than is read, as versions differ in whether the last one counts
        if (copy_ == nullptr || document_.allocate(capacity) != simdjson::SUCCESS ||
            parser_.allocate(capacity, JSON_QUICK_NESTING_MAX + 1) != simdjson::SUCCESS)
            return false;
        capacity_ = capacity;
        return true;
    }

    dom::parser parser_;
    dom::document document_;
    std::unique_ptr<char[]> copy_;
    size_t capacity_ = 0;
};

// Builds jansson's values. Each function returns an owned one, or NULL.
class Builder
{
  public:
    explicit Builder(bool escaped) noexcept : escaped_(escaped)
    {
    }

    // nesting: how many levels value may have.
    json_t *Value(const dom::element &value, size_t nesting) noexcept
    {
        switch (value.type()) {
        case dom::element_type::OBJECT:
            return nesting > 0 ? Object(value, nesting - 1) : nullptr;
        case dom::element_type::ARRAY:
            return nesting > 0 ? Array(value, nesting - 1) : nullptr;
        case dom::element_type::STRING:
            return String(value);
        case dom::element_type::INT64:
            return Kept(json_integer(value.get_int64().value_unsafe()));
        case dom::element_type::DOUBLE:
            return Kept(json_real(value.get_double().value_unsafe()));
        case dom::element_type::BOOL:
            return json_boolean(value.get_bool().value_unsafe());
        case dom::element_type::NULL_VALUE:
            return json_null();
        case dom::element_type::UINT64: // more than jansson's integers hold
            break;
        }
        return nullptr;
    }

    bool ShortOfMemory() const noexcept
    {
        return short_of_memory_;
    }

  private:
    json_t *Object(const dom::element &value, size_t nesting) noexcept
    {
        json_t *object = Kept(json_object());
        const dom::object members = value.get_object().value_unsafe();
        size_t count = 0;
        for (const dom::key_value_pair member : members) {
            json_t *inner = object != nullptr && Good(member.key) ? Value(member.value, nesting) : nullptr;
            if (inner == nullptr)
                return Dropped(object);
            if (json_object_setn_new_nocheck(object, member.key.data(), member.key.size(), inner) != 0)
                return OutOfMemory(object);
            if (json_object_size(object) != ++count) // the same name twice
                return Dropped(object);
        }
        return object;
    }

    json_t *Array(const dom::element &value, size_t nesting) noexcept
    {
        json_t *array = Kept(json_array());
        const dom::array items = value.get_array().value_unsafe();
        for (const dom::element item : items) {
            json_t *inner = array != nullptr ? Value(item, nesting) : nullptr;
            if (inner == nullptr)
                return Dropped(array);
            if (json_array_append_new(array, inner) != 0)
                return OutOfMemory(array);
        }
        return array;
    }

    json_t *String(const dom::element &value) noexcept
    {
        const std::string_view text = value.get_string().value_unsafe();
        return Good(text) ? Kept(json_stringn_nocheck(text.data(), text.size())) : nullptr;
    }

    // Whether jansson takes text: what stood in the input is UTF-8 already, an escape may have been a NUL.
    bool Good(std::string_view text) const noexcept
    {
        return !escaped_ || parse_utf8_valid(text.data(), text.size());
    }

    json_t *Kept(json_t *value) noexcept
    {
        short_of_memory_ |= value == nullptr;
        return value;
    }

    json_t *OutOfMemory(json_t *half) noexcept
    {
        short_of_memory_ = true;
        return Dropped(half);
    }

    static json_t *Dropped(json_t *half) noexcept
    {
        json_decref(half);
        return nullptr;
    }

    const bool escaped_; // the text has escapes
    bool short_of_memory_ = false;
};

} // namespace

json_t *json_quick(const char *text, size_t length, bool *short_of_memory) noexcept
{
    *short_of_memory = false;
    // Neither a scalar, nor a byte order mark that newer readers pass over.
    if (length == 0 || length > JSON_QUICK_MAX_BYTES || (text[0] != '{' && text[0] != '['))
        return nullptr;
    thread_local Reader reader;
    dom::element root;
    if (!reader.Read(&root, text, length))
        return nullptr;
    Builder builder(std::memchr(text, '\\', length) != nullptr);
    json_t *tree = builder.Value(root, JSON_QUICK_NESTING_MAX);
    *short_of_memory = builder.ShortOfMemory();
    return tree;
}
