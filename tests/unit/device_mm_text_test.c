// What ModemManager's words mean.
#include "device/radios/mm_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ERROR "org.freedesktop.ModemManager1.Error."

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at_ms; // -1: none
    } cases[] = {
        {"2026-01-02T03:04:05Z", 1767323045000},
        {"2026-01-02T05:04:05+02", 1767323045000},
        {"2026-01-02T08:34:05+05:30", 1767323045000},
        {"2026-01-02T01:04:05-02", 1767323045000},
        {"2026-01-02T01:04:05-02:00", 1767323045000},
        {"", -1},
        {"+02", -1},
        {"2026-01-02", -1},
        {"2026-01-02T03:04:05", -1},
        {"2026-01-02T03:04:05+02:00 and so on and so on and so on", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t at_ms = -1;
        assert_int_equal(mm_time_parse(&at_ms, cases[i].text), cases[i].at_ms >= 0);
        assert_int_equal(at_ms, cases[i].at_ms);
    }
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *name, *message, *code;
        enum wire_error_kind kind;
        bool doubt;
    } cases[] = {
        {ERROR "Message.NoNetwork", "No network", "cause-331", WIRE_ERROR_TEMPORARY, false},
        {ERROR "Message.MemoryFull", "", "cause-322", WIRE_ERROR_LIMIT, false},
        {ERROR "Message.Unknown", "Unknown message error: 1", "cause-1", WIRE_ERROR_PERMANENT, false},
        {ERROR "Message.Unknown", "Unknown message error string: odd", "mm-Unknown", WIRE_ERROR_TEMPORARY,
         false},
        {ERROR "Message.Unknown", "", "mm-Unknown", WIRE_ERROR_TEMPORARY, false},
        {ERROR "Core.Unauthorized", "no: 5", "mm-Unauthorized", WIRE_ERROR_TEMPORARY, false},
        {ERROR "Serial.ResponseTimeout", "", "mm-ResponseTimeout", WIRE_ERROR_TEMPORARY, true},
        {"org.freedesktop.DBus.Error.NoReply", "", "mm-NoReply", WIRE_ERROR_TEMPORARY, true},
        {"org.freedesktop.DBus.Error.UnknownObject", "", "mm-UnknownObject", WIRE_ERROR_TEMPORARY, false},
        {"odd", "", "mm-odd", WIRE_ERROR_TEMPORARY, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mm_failure failure;
        mm_failure_of(&failure, cases[i].name, cases[i].message);
        assert_string_equal(failure.code, cases[i].code);
        assert_int_equal(failure.kind, cases[i].kind);
        assert_int_equal(failure.doubt, cases[i].doubt);
    }
}

static void test_delivery_states(void **state)
{
    (void)state;
    static const struct {
        uint32_t state;
        enum mm_fate fate;
    } cases[] = {{0x00, MM_FATE_DELIVERED},   {0x02, MM_FATE_DELIVERED},   {0x20, MM_FATE_OPEN},
                 {0x30, MM_FATE_OPEN},        {0x40, MM_FATE_UNDELIVERED}, {0x65, MM_FATE_UNDELIVERED},
                 {0x7f, MM_FATE_UNDELIVERED}, {0x80, MM_FATE_OPEN},        {0x100, MM_FATE_OPEN},
                 {0x200, MM_FATE_OPEN},       {UINT32_MAX, MM_FATE_OPEN}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(mm_fate_of(cases[i].state), cases[i].fate);
}

static void test_uids(void **state)
{
    (void)state;
    char one[MM_UID_SIZE], other[MM_UID_SIZE];
    mm_uid(one, "+1555", "2026", "hello", 0);
    mm_uid(other, "+1555", "2026", "hello", 0);
    assert_string_equal(one, other);
    assert_int_equal(strlen(one), MM_UID_SIZE - 1);
    mm_uid(other, "+1555", "2026", "hello", 1);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_delivery_states),
        cmocka_unit_test(test_uids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
