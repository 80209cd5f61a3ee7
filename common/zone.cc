// The shim over ICU's time zones.
#include "common/zone.h"

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <time.h>
#include <unicode/basictz.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>
#include <unicode/unistr.h>

using icu::BasicTimeZone;
using icu::TimeZone;
using icu::UnicodeString;

namespace
{

constexpr int64_t kSecond = 1000;
constexpr size_t kZonesMax = 1024; // more names than the database has

// A name that nobody knows gives ICU's "Etc/Unknown".
std::unique_ptr<BasicTimeZone> Open(const char *name)
{
    // Etc/GMT+3 and its like are west of Greenwich, which nobody expects; custom ones ("GMT+3") are no zones.
    if (std::strncmp(name, "Etc/GMT", 7) == 0 || std::strlen(name) >= ZONE_NAME_SIZE)
        return nullptr;
    std::unique_ptr<TimeZone> zone(TimeZone::createTimeZone(UnicodeString::fromUTF8(name)));
    UnicodeString id, canonical;
    UErrorCode status = U_ZERO_ERROR;
    UBool system = false;
    if (zone == nullptr || *zone == TimeZone::getUnknown())
        return nullptr;
    TimeZone::getCanonicalID(zone->getID(id), canonical, system, status);
    bool named = std::strchr(name, '/') != nullptr || std::strcmp(name, "UTC") == 0;
    if (U_FAILURE(status) || !system || !named)
        return nullptr;
    return std::unique_ptr<BasicTimeZone>(dynamic_cast<BasicTimeZone *>(zone.release()));
}

// The zone, kept for the life of the process; NULL for none. What is unknown is not kept.
const BasicTimeZone *Find(const char *name)
{
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<BasicTimeZone>> zones;
    std::lock_guard<std::mutex> lock(mutex);
    auto found = zones.find(name);
    if (found != zones.end())
        return found->second.get();
    std::unique_ptr<BasicTimeZone> zone = Open(name);
    if (zone == nullptr || zones.size() >= kZonesMax)
        return nullptr;
    return zones.emplace(name, std::move(zone)).first->second.get();
}

// The offset from UTC at an instant.
int64_t OffsetAt(const BasicTimeZone *zone, int64_t at_ms)
{
    int32_t raw = 0, saving = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone->getOffset(static_cast<UDate>(at_ms), false, raw, saving, status);
    return static_cast<int64_t>(raw) + saving;
}

// The fields as if they were UTC, in ms; false when they are no date.
bool AsUtc(int64_t *ms, const zone_local &local)
{
    struct tm fields = {};
    fields.tm_year = local.year - 1900;
    fields.tm_mon = local.month - 1;
    fields.tm_mday = local.day;
    fields.tm_hour = local.hour;
    fields.tm_min = local.minute;
    fields.tm_sec = local.second;
    if (local.year < 1970 || local.year > 9999)
        return false;
    *ms = static_cast<int64_t>(timegm(&fields)) * kSecond;
    return fields.tm_mon == local.month - 1 && fields.tm_mday == local.day && fields.tm_hour == local.hour &&
           fields.tm_min == local.minute && fields.tm_sec == local.second;
}

} // namespace

bool zone_known(const char *name)
{
    return Find(name) != nullptr;
}

bool zone_to_local(struct zone_local *out, const char *zone, int64_t at_ms)
{
    const BasicTimeZone *found = Find(zone);
    if (found == nullptr)
        return false;
    int64_t shown = at_ms + OffsetAt(found, at_ms);
    time_t seconds = static_cast<time_t>(shown >= 0 ? shown / kSecond : (shown - kSecond + 1) / kSecond);
    struct tm fields;
    if (gmtime_r(&seconds, &fields) == nullptr)
        return false;
    *out = {fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour,
            fields.tm_min,         fields.tm_sec,     fields.tm_wday};
    return true;
}

bool zone_from_local(int64_t *at_ms, const char *zone, const struct zone_local *local)
{
    const BasicTimeZone *found = Find(zone);
    int64_t shown;
    if (found == nullptr || !AsUtc(&shown, *local))
        return false;
    int32_t raw = 0, saving = 0;
    UErrorCode status = U_ZERO_ERROR;
    found->getOffsetFromLocal(static_cast<UDate>(shown), UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, raw,
                              saving, status);
    if (U_FAILURE(status))
        return false;
    *at_ms = shown - raw - saving;
    icu::TimeZoneTransition jump;
    bool skipped = *at_ms + OffsetAt(found, *at_ms) != shown;
    if (skipped && found->getPreviousTransition(static_cast<UDate>(*at_ms), true, jump))
        *at_ms = static_cast<int64_t>(jump.getTime());
    return true;
}

size_t zone_of_region(char (*out)[ZONE_NAME_SIZE], size_t limit, const char *region)
{
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::StringEnumeration> names(
        TimeZone::createTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, region, nullptr, status));
    size_t count = 0;
    if (U_FAILURE(status) || names == nullptr || std::strlen(region) != 2)
        return 0;
    for (const char *name; count < limit && (name = names->next(nullptr, status)) != nullptr;)
        if (std::strlen(name) < ZONE_NAME_SIZE)
            std::memcpy(out[count++], name, std::strlen(name) + 1);
    return count;
}
