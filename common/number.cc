// The shim over libphonenumber. Everything that is not plainly digits is refused before the library sees it,
// as it reads letters as keypad digits and keeps '*' and '#'.
extern "C" {
#include "common/number.h"
}

#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

constexpr size_t kDigitsMin = 3;
constexpr size_t kDigitsMax = 20; // a longest number behind an international prefix

// What this thread has normalised last. Reading a number costs the library 14 microseconds, a third of a
// whole request, and most gateways write to the same people again and again.
struct Known {
    char digits[kDigitsMax + 1]; // as given, stripped; "" = empty
    char region[3];
    char e164[NUMBER_SIZE];
};
constexpr size_t kWays = 4;      // numbers that share a place; the one that came first goes first
constexpr size_t kKnown = 32768; // of all places; at most 2 MB a thread that reads numbers

// The place of these digits, NULL when there is no memory for any.
Known *Lookup(const std::string &digits, const std::string &region)
{
    struct Free {
        void operator()(Known *known) const
        {
            std::free(known);
        }
    };
    // calloc: pages come as they are used
    thread_local std::unique_ptr<Known[], Free> known(
        static_cast<Known *>(std::calloc(kKnown, sizeof(Known))));
    if (known == nullptr)
        return nullptr;
    size_t hash = std::hash<std::string>{}(digits) ^ std::hash<std::string>{}(region);
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyzer does not know thread_local
    return &known[hash % (kKnown / kWays) * kWays];
}

// What is known of these digits, NULL when nothing is.
const Known *Find(const Known *place, const std::string &digits, const std::string &region)
{
    for (size_t i = 0; place != nullptr && i < kWays; i++)
        if (digits == place[i].digits && region == place[i].region)
            return &place[i];
    return nullptr;
}

void Remember(Known *place, const std::string &digits, const std::string &region, const char *e164)
{
    if (place == nullptr || region.size() >= sizeof place->region)
        return;
    std::memmove(place + 1, place, (kWays - 1) * sizeof *place);
    std::memcpy(place->digits, digits.c_str(), digits.size() + 1);
    std::memcpy(place->region, region.c_str(), region.size() + 1);
    std::memcpy(place->e164, e164, std::strlen(e164) + 1);
}

// Keeps '+' and the digits of text; a leading 00 becomes '+'. Returns false for any other character than
// those that people put between digits.
bool Strip(std::string *digits, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if ((c >= '0' && c <= '9') || (c == '+' && digits->empty()))
            digits->push_back(c);
        else if (c == '\0' || std::strchr(" .-()/", c) == nullptr)
            return false;
    }
    if (digits->compare(0, 2, "00") == 0)
        digits->replace(0, 2, "+");
    return true;
}

number_status OfParse(PhoneNumberUtil::ErrorType error, bool international)
{
    switch (error) {
    case PhoneNumberUtil::NO_PARSING_ERROR:
        return NUMBER_OK;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
        return international ? NUMBER_UNKNOWN_COUNTRY : NUMBER_NEEDS_COUNTRY;
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
        return NUMBER_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG_NSN:
        return NUMBER_TOO_LONG;
    case PhoneNumberUtil::NOT_A_NUMBER:
        break;
    }
    return NUMBER_NOT_A_NUMBER;
}

// Why a number that could be read is not valid.
number_status OfInvalid(const PhoneNumberUtil &util, const PhoneNumber &number)
{
    switch (util.IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
        return NUMBER_UNKNOWN_COUNTRY;
    case PhoneNumberUtil::TOO_SHORT:
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
        return NUMBER_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG:
        return NUMBER_TOO_LONG;
    case PhoneNumberUtil::IS_POSSIBLE:
    case PhoneNumberUtil::INVALID_LENGTH:
        break;
    }
    return NUMBER_INVALID;
}

} // namespace

number_status number_normalize(char out[NUMBER_SIZE], const char *text, size_t length, const char *country)
{
    std::string digits;
    if (!Strip(&digits, text, length) || digits.find_first_of("0123456789") == std::string::npos)
        return NUMBER_NOT_A_NUMBER;
    if (digits.size() < kDigitsMin)
        return NUMBER_TOO_SHORT;
    if (digits.size() > kDigitsMax)
        return NUMBER_TOO_LONG;

    std::string region = country != nullptr && country[0] != '\0' ? country : "ZZ";
    Known *place = Lookup(digits, region);
    if (const Known *known = Find(place, digits, region)) {
        std::memcpy(out, known->e164, sizeof known->e164);
        return NUMBER_OK;
    }

    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    number_status status = OfParse(util.Parse(digits, region, &number), digits[0] == '+');
    if (status != NUMBER_OK)
        return status;
    if (!util.IsValidNumber(number))
        return OfInvalid(util, number);

    std::string e164;
    util.Format(number, PhoneNumberUtil::E164, &e164);
    if (e164.size() >= NUMBER_SIZE)
        return NUMBER_TOO_LONG;
    std::memcpy(out, e164.c_str(), e164.size() + 1);
    Remember(place, digits, region, out);
    return NUMBER_OK;
}

const char *number_status_text(number_status status)
{
    static const char *const texts[] = {
        "is a number",
        "is not a phone number",
        "is a national number, and no default country is set",
        "has a country code that does not exist",
        "has too few digits for its country",
        "has too many digits for its country",
        "is not a number of its country",
    };
    static_assert(NUMBER_OK == 0 && sizeof texts / sizeof texts[0] == NUMBER_INVALID + 1,
                  "one text a status");
    return texts[status];
}

void number_region(char region[3], const char *e164)
{
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    std::string name;
    if (util.Parse(e164, "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR)
        util.GetRegionCodeForNumber(number, &name);
    bool real = name.size() == 2 && name != "ZZ"; // "001" stands for numbers of no country
    std::memcpy(region, real ? name.c_str() : "", real ? 3 : 1);
}

int number_country_known(const char *country)
{
    return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(country) != 0;
}
